import type { Collection, Stored, Write } from './port.ts';

/** The mutations of a collection: as values, and as calls of what executes one. */
export function mutationsOf<Body extends object>(
  name: string,
  execute: (write: Write) => Promise<unknown>,
): Pick<Collection<Body>, 'insert' | 'replace' | 'remove' | 'increment' | 'write'> {
  type Document = Body & Stored;
  const write: Collection<Body>['write'] = {
    insert: (id, body, options = {}) => ({ collection: name, kind: 'insert', id, body, options }),
    replace: (body, options = {}) => ({
      collection: name,
      kind: 'replace',
      id: body.id,
      body,
      expectedVersion: body.version,
      options,
    }),
    remove: ({ id, version }, options = {}) => ({
      collection: name,
      kind: 'remove',
      id,
      expectedVersion: version,
      options,
    }),
    increment: (id, increments, maxima = {}) => ({
      collection: name,
      kind: 'increment',
      id,
      increments,
      maxima,
      options: { relaxed: true },
    }),
  };
  return {
    insert: async (id, body, options) => (await execute(write.insert(id, body, options))) as Document,
    replace: async (body, options) => (await execute(write.replace(body, options))) as Document,
    async remove(stored, options) {
      await execute(write.remove(stored, options));
    },
    async increment(id, increments, maxima) {
      await execute(write.increment(id, increments, maxima));
    },
    write,
  };
}
