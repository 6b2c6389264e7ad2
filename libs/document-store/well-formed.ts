import { StoreError } from './store-error.ts';

/** StoreError BODY_INVALID for strings with lone surrogates: as UTF-8 they would all be the same. */
export function requireWellFormed(value: string, field: string): void {
  if (!value.isWellFormed()) {
    throw new StoreError('BODY_INVALID', `${field} is not well-formed Unicode: ${JSON.stringify(value)}`);
  }
}
