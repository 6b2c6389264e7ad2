import { isStoreError } from './store-error.ts';

/** What a write yields; null when somebody else was faster: with the document's version, or its id. */
export async function unlessConflict<T>(write: Promise<T>): Promise<T | null> {
  try {
    return await write;
  } catch (error) {
    if (isStoreError(error, 'VERSION_CONFLICT', 'ID_TAKEN')) return null;
    throw error;
  }
}
