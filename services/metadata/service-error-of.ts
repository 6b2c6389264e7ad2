import { ServiceError } from '@berth/contracts';
import { serviceErrorOf as serviceErrorOfStore } from '@berth/document-store';
import { OciError } from '@berth/oci';

/** What the doors answer for an error of the parts below, with that as its cause: the same where it is a defect. */
export function serviceErrorOf(error: unknown): unknown {
  if (!(error instanceof OciError)) return serviceErrorOfStore(error);
  const code = error.code === 'NAME_INVALID' ? 'NAME_INVALID' : 'DIGEST_INVALID';
  return new ServiceError(code, error.message, { cause: error });
}
