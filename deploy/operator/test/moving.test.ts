import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDocumentStore } from '@berth/document-store';
import { temporaryFolder } from '@berth/testing';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { KEPT } from '../moving/collections.ts';
import { exportCommand } from '../moving/export-command.ts';
import { importCommand } from '../moving/import-command.ts';
import type { Places } from '../places.ts';
import type { Terminal } from '../terminal.ts';

const REGISTRY = {
  ...{ name: 'acme', description: '', visibility: 'private', tagNaming: 'oci', allowMissingChildren: false },
  ...{ state: 'active', createdAt: '2026-05-01T00:00:00Z', updatedAt: '2026-05-01T00:00:00Z' },
  createdBy: { kind: 'user', id: 'u1', name: 'ann' },
} as const;

let folder: string;
let exported: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  exported = join(folder, 'export');
  await seed('source');
  await exportCommand(['--out', exported], at('source'));
});

/** Beside the databases of a data folder. */
function at(name: string, progress: Terminal['progress'] = () => {}) {
  const dataFolder = join(folder, name);
  const places = { dataFolder, databaseUrl: (service: string) => urlOf(name, service) } as Places;
  return { places: () => places, terminal: { print: () => {}, progress } };
}
const urlOf = (name: string, service: string) => `sqlite:${join(folder, name, 'databases', `${service}.db`)}`;

/** The databases of services that have started, and one registry. */
async function seed(name: string): Promise<void> {
  for (const [service, collections] of Object.entries(KEPT)) {
    const store = await openDocumentStore({ url: urlOf(name, service) });
    for (const definition of collections) {
      const collection = store.collection(definition);
      if (definition.name === 'registries') await collection.insert('r1', REGISTRY);
      else await collection.get('none');
    }
    await store.close();
  }
}

describe('an import that ends in the middle', () => {
  const failing = () =>
    at('target', (text) => {
      if (text.startsWith('metadata: ')) throw new Error('no room');
    });

  test('says so, and neither a second import nor an export takes its databases for whole', async () => {
    await expect(importCommand([exported], failing())).rejects.toThrow(/no room.*no service starts on them/);
    const again = importCommand([exported], at('target'));
    await expect(again).rejects.toThrow(/holds a part of the import that began at .* did not end/);
    const out = exportCommand(['--out', join(folder, 'other')], at('target'));
    await expect(out).rejects.toThrow(/holds a part of the import/);
  });
});

describe('an export that does not fit', () => {
  const change = async (edit: (line: string, number: number) => string[]) => {
    const file = join(exported, 'metadata.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const edited = lines.flatMap(edit);
    const end = JSON.stringify({ end: true, documents: edited.length - 2 });
    await writeFile(file, `${[...edited.slice(0, -1), end].join('\n')}\n`);
  };
  const isRegistry = (line: string) => line.includes('"collection":"registries"');

  test.each([
    [
      'a body of another shape',
      (line: string) => [
        isRegistry(line) ? JSON.stringify({ ...JSON.parse(line), body: { nonsense: true } }) : line,
      ],
      /metadata\.jsonl:2: registries "r1" does not fit: /,
    ],
    [
      'a document twice',
      (line: string) => (isRegistry(line) ? [line, line] : [line]),
      /metadata\.jsonl:3: registries "r1" comes after "r1": ids come in order, each once/,
    ],
    [
      'a name twice',
      (line: string) => (isRegistry(line) ? [line, line.replace('"r1"', '"r2"')] : [line]),
      /metadata\.jsonl:3: registries has the same name as metadata\.jsonl:2, and no two may: acme/,
    ],
    [
      'bytes where there are none',
      (line: string) => [isRegistry(line) ? JSON.stringify({ ...JSON.parse(line), bytes: 'AA==' }) : line],
      /metadata\.jsonl:2 has bytes that are no base64, or that registries do not have/,
    ],
  ])('for %s is told with its line, before anything is stored', async (_, edit, message) => {
    await change(edit);
    await expect(importCommand([exported], at('target'))).rejects.toThrow(message);
    await expect(stat(join(folder, 'target'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('what is imported whole can be exported again, the same', async () => {
  await importCommand([exported], at('target'));
  await exportCommand(['--out', join(folder, 'other')], at('target'));
  const documents = async (of: string) =>
    (await readFile(join(of, 'metadata.jsonl'), 'utf8')).split('\n').slice(1);
  expect(await documents(join(folder, 'other'))).toEqual(await documents(exported));
});
