import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '@berth/contracts';

export const PASSWORD_RULE = `must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`;

/** May this become somebody's password? */
export function isAllowedPassword(password: string): boolean {
  return password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH;
}
