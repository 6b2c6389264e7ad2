import { type DocumentStore, findUnfinishedImport, HALF_IMPORTED, type Write } from '@berth/document-store';
import { OperatorError } from '../operator-error.ts';
import { type Dump, documentsIn } from './read-dump.ts';

const BATCH = 200;

export interface ServiceImport extends Dump {
  readonly store: DocumentStore;
  readonly onProgress: (text: string) => void;
}

/** Stores the documents of a file that was checked, each under its id. */
export async function importService(options: ServiceImport): Promise<number> {
  const { service, store, onProgress } = options;
  let documents = 0;
  let writes: Write[] = [];
  const flush = async (): Promise<void> => {
    await store.writeMany(writes);
    documents += writes.length;
    writes = [];
    onProgress(`${service}: ${documents} documents`);
  };
  for await (const { definition, id, body } of documentsIn(options)) {
    writes.push(store.collection(definition).write.insert(id, body));
    if (writes.length === BATCH) await flush();
  }
  await flush();
  return documents;
}

/** OperatorError when the database holds something, or a part of an earlier import. */
export async function assertEmpty(
  { service, store, collections }: ServiceImport,
  url: string,
): Promise<void> {
  const place = url.replace(/\/\/[^@/]*@/, '//');
  const startedAt = await findUnfinishedImport(store);
  if (startedAt !== null)
    throw new OperatorError(
      `the database of ${service} (${place}) holds a part of the import that began at ${startedAt} and did not end: ${HALF_IMPORTED}`,
    );
  for (const definition of collections) {
    const { items } = await store.collection(definition).page({ index: 'id', limit: 1 });
    if (items.length > 0)
      throw new OperatorError(
        `the database of ${service} (${place}) holds ${definition.name} already: an import goes into an empty one`,
      );
  }
}
