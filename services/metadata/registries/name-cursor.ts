import { ServiceError } from '@berth/contracts';
import { isRegistryName } from '@berth/oci';

/** `next` of a page that ended behind the registry of this name. */
export function cursorAfter(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/** The name behind which a page begins. PAGE_INVALID for what is no cursor of these lists. */
export function nameOfCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (isRegistryName(name)) return name;
  throw new ServiceError(
    'PAGE_INVALID',
    `after "${cursor.slice(0, 100)}" is not the next of a page of this list; start again without one`,
  );
}
