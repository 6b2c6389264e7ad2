import { createBodyCheck, requireBodySize } from './body-check.ts';
import type { CollectionDefinition } from './port.ts';
import { requireWellFormed } from './well-formed.ts';

/**
 * The rules that a document of a collection must keep before it is inserted, without a store: for those who want to know before they begin.
 * What comes back throws StoreError BODY_INVALID.
 */
export function createDocumentCheck<Body extends object>(
  definition: CollectionDefinition<Body>,
): (id: string, body: object) => void {
  const check = createBodyCheck(definition);
  return (id, body) => {
    requireWellFormed(id, 'id');
    const { fields, bytes } = check.parts(body, id);
    requireBodySize(`${definition.name} "${id}"`, { json: JSON.stringify(fields), bytes });
  };
}
