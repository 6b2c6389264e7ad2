import type { OciError } from '@berth/oci';

/** A refusal with its challenge (RFC 6750 section 3, Docker token specification). */
export class AccessDenied extends Error {
  readonly error: OciError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(error: OciError, headers: Readonly<Record<string, string>>) {
    super(error.message, { cause: error });
    this.name = 'AccessDenied';
    this.error = error;
    this.headers = headers;
  }
}
