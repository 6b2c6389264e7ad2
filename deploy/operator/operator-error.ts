import { SettingsError } from '@berth/runtime';

/** What keeps a command of the operator from its work; its message is for the terminal. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

/** Every error of the libraries is in words; what nobody foresaw comes with its stack. */
export function messageOf(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return 'code' in error || error.name === 'OperatorError' ? error.message : (error.stack ?? error.message);
}
