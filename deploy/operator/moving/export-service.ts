import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CollectionDefinition, DocumentReader, Page, Stored } from '@berth/document-store';
import type { DumpLine } from './dump-lines.ts';

const PAGE = 200;

export interface ServiceExport {
  readonly service: string;
  readonly reader: DocumentReader;
  readonly collections: readonly CollectionDefinition[];
  readonly folder: string;
  readonly takenAt: string;
  readonly onProgress: (text: string) => void;
}

/** Writes `<service>.jsonl`: whole and durable, or not at all. Returns how many documents it holds. */
export async function exportService(options: ServiceExport): Promise<number> {
  const file = join(options.folder, `${options.service}.jsonl`);
  const partial = `${file}.partial`;
  let documents = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const line of linesOf(options)) {
      if ('collection' in line) documents++;
      yield `${JSON.stringify(line)}\n`;
    }
  };
  try {
    await pipeline(Readable.from(lines()), createWriteStream(partial, { mode: 0o600, flags: 'wx' }));
    const handle = await open(partial, 'r+');
    await handle.sync();
    await handle.close();
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return documents;
}

async function* linesOf(options: ServiceExport): AsyncGenerator<DumpLine> {
  const { service, takenAt, collections, reader, onProgress } = options;
  yield { berthExport: 1, service, takenAt };
  let documents = 0;
  for (const definition of collections) {
    for await (const line of documentsOf(reader, definition)) {
      documents++;
      yield line;
      onProgress(`${service}: ${documents} documents`);
    }
  }
  yield { end: true, documents };
}

async function* documentsOf(
  reader: DocumentReader,
  definition: CollectionDefinition,
): AsyncGenerator<DumpLine> {
  const collection = reader.collection(definition);
  const { bytesField } = definition as { bytesField?: string };
  let after: string | null = null;
  do {
    const query = { index: 'id', limit: PAGE, ...(after !== null && { after }) };
    const page: Page<object & Stored> = await collection.page(query);
    const items =
      bytesField === undefined ? page.items : await collection.getMany(page.items.map(({ id }) => id));
    for (const item of items) {
      if (item === null) continue; // removed meanwhile
      const { id, version: _, ...rest } = item as Stored & Record<string, unknown>;
      const { [bytesField ?? '']: bytes, ...body } = rest;
      const encoded = bytes instanceof Uint8Array ? { bytes: Buffer.from(bytes).toString('base64') } : {};
      yield { collection: definition.name, id, body, ...encoded };
    }
    after = page.next;
  } while (after !== null);
}
