/** What keeps a command of the operator from its work; its message is for the terminal. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
