import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH, ServiceError } from '@berth/contracts';
import { secretKindOf } from './random-secret.ts';

export const PASSWORD_RULE = `must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`;

/** May this become somebody's password? */
export function isAllowedPassword(password: string): boolean {
  return password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH;
}

/** ServiceError REQUEST_INVALID for a password that breaks the rule, or that would be taken for the secret of a key or robot. */
export function requireAllowedPassword(password: string): void {
  if (!isAllowedPassword(password)) throw refused(PASSWORD_RULE);
  if (secretKindOf(password) !== undefined)
    throw refused('must not be the secret of a key, a robot or a session');
}

function refused(message: string): ServiceError {
  return new ServiceError('REQUEST_INVALID', `the password ${message}`, {
    detail: { violations: [{ path: '/password', message }] },
  });
}
