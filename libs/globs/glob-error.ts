/** A pattern that breaks a rule; the message names both. */
export class GlobError extends Error {
  readonly code = 'GLOB_INVALID';
  readonly pattern: string;

  constructor(pattern: string, rule: string) {
    super(`pattern "${pattern.slice(0, 255)}" is not valid: ${rule}`);
    this.name = 'GlobError';
    this.pattern = pattern;
  }
}
