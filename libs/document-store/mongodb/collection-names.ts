import type { MongoConnection } from './connection.ts';

export interface CollectionNames {
  /** Declared here, or found in the database when it was looked at last. */
  all(): Promise<readonly string[]>;
  /** Looks at the database again: another copy may have made more. */
  refresh(): Promise<readonly string[]>;
  declare(name: string): void;
}

export function createCollectionNames({ database }: MongoConnection): CollectionNames {
  const known = new Set<string>();
  let isRead = false;

  async function refresh(): Promise<readonly string[]> {
    const options = { nameOnly: true, authorizedCollections: true };
    for (const { name } of await database.listCollections({}, options).toArray()) {
      if (!name.startsWith('berth_') && !name.startsWith('system.')) known.add(name);
    }
    isRead = true;
    return [...known];
  }

  return {
    all: async () => (isRead ? [...known] : refresh()),
    refresh,
    declare: (name) => void known.add(name),
  };
}
