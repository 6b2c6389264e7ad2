/** Why Berth cannot start, in one line for the person who started it. */
export class StartError extends Error {
  readonly code:
    | 'DATA_FOLDER_UNUSABLE'
    | 'DATA_FOLDER_IN_USE'
    | 'ADDRESS_IN_USE'
    | 'ADDRESS_UNUSABLE'
    | 'TOOL_MISSING'
    | 'TLS_INVALID'
    | 'SERVER_REFUSED'
    | 'CHILD_FAILED'
    | 'NOT_READY'
    | 'STOPPED';

  constructor(code: StartError['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StartError';
    this.code = code;
  }
}

/** What is said of an error of any kind. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
