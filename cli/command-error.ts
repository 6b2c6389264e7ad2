/** What was asked for cannot be done, for a reason found here: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
