import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  type CollectionDefinition,
  type DocumentStore,
  findUnfinishedImport,
  HALF_IMPORTED,
  type Write,
} from '@berth/document-store';
import { OperatorError } from '../operator-error.ts';
import { type DocumentLine, parseLine } from './dump-lines.ts';

const BATCH = 200;

export interface ServiceImport {
  readonly service: string;
  readonly store: DocumentStore;
  readonly collections: readonly CollectionDefinition[];
  readonly file: string;
  readonly onProgress: (text: string) => void;
}

/** Looks at a whole file without storing anything. OperatorError naming the line and the rule. Returns how many documents it holds. */
export async function checkDump(options: Omit<ServiceImport, 'store'>): Promise<number> {
  let documents = 0;
  for await (const _ of documentsIn(options)) documents++;
  return documents;
}

/** Stores the documents of a file that was checked, each under its id. */
export async function importService(options: ServiceImport): Promise<number> {
  const { service, store, collections, onProgress } = options;
  const byName = new Map(collections.map((definition) => [definition.name, definition]));
  let documents = 0;
  let writes: Write[] = [];
  const flush = async (): Promise<void> => {
    await store.writeMany(writes);
    documents += writes.length;
    writes = [];
    onProgress(`${service}: ${documents} documents`);
  };
  for await (const { collection, id, body, bytes } of documentsIn(options)) {
    const definition = byName.get(collection) as CollectionDefinition & { bytesField?: string };
    const whole =
      bytes === undefined ? body : { ...body, [definition.bytesField ?? '']: Buffer.from(bytes, 'base64') };
    writes.push(store.collection(definition).write.insert(id, whole));
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

async function* documentsIn({
  service,
  collections,
  file,
}: Omit<ServiceImport, 'store'>): AsyncGenerator<DocumentLine> {
  const known = new Set(collections.map(({ name }) => name));
  const name = `${service}.jsonl`;
  let number = 0;
  let documents = 0;
  let isEnded = false;
  for await (const text of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const place = `${name}:${++number}`;
    if (isEnded) throw new OperatorError(`${place} comes after the end of the export`);
    const line = parseLine(text, place);
    if ('berthExport' in line) {
      if (number !== 1 || line.service !== service)
        throw new OperatorError(`${place} is the header of an export of ${line.service}, not of ${service}`);
    } else if (number === 1) {
      throw new OperatorError(`${place} is no header of an export`);
    } else if ('end' in line) {
      isEnded = true;
      if (line.documents !== documents)
        throw new OperatorError(
          `${name} has ${documents} documents, its end says ${line.documents}: it is damaged`,
        );
    } else {
      if (!known.has(line.collection))
        throw new OperatorError(
          `${place} is of "${line.collection}", which this release of ${service} does not keep`,
        );
      documents++;
      yield line;
    }
  }
  if (!isEnded) throw new OperatorError(`${name} has no end: it was cut, take the export again`);
}
