import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  acquireProcessLock,
  beginImport,
  endImport,
  HALF_IMPORTED,
  openDocumentStore,
} from '@berth/document-store';
import { OperatorError } from '../operator-error.ts';
import type { Places } from '../places.ts';
import type { Terminal } from '../terminal.ts';
import { checkDump } from './check-dump.ts';
import { KEPT } from './collections.ts';
import { assertEmpty, importService, type ServiceImport } from './import-service.ts';

const USAGE = `usage: berth import FOLDER

Stores what "berth export" wrote in the databases of a Berth that does not run and has never been started: those of BERTH_DATA, or of
BERTH_DATABASE_URL. All files are checked before anything is stored.
`;

/** `berth import`. Returns the exit code. */
export async function importCommand(
  args: readonly string[],
  { places, terminal }: { readonly places: () => Places; readonly terminal: Terminal },
): Promise<number> {
  if (args.includes('--help')) {
    terminal.print(USAGE);
    return 0;
  }
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new OperatorError('name the folder of one export');
  const folder = resolve(given);
  const { dataFolder, databaseUrl } = places();
  const onProgress = terminal.progress;
  const services = Object.entries(KEPT).map(([service, collections]) => {
    return { service, collections, file: join(folder, `${service}.jsonl`), onProgress };
  });
  for (const { file } of services)
    await access(file).catch(() => {
      throw new OperatorError(`${file} is missing: ${folder} is no whole export`);
    });
  for (const service of services) await checkDump(service);

  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const lock = acquireProcessLock(join(dataFolder, 'lock'));
  const opened: (ServiceImport & { url: string })[] = [];
  try {
    for (const service of services) {
      const url = databaseUrl(service.service);
      const store = await openDocumentStore({ url });
      opened.push({ ...service, store, url });
    }
    for (const { url, ...service } of opened) await assertEmpty(service, url);
    // The first before anything is stored, the last after everything: a kill at any moment leaves a mark on what is not whole.
    for (const { store } of opened) await beginImport(store, new Date());
    for (const service of opened) await importInto(service, terminal);
    for (const { store } of opened) await endImport(store);
  } finally {
    await Promise.all(opened.map(({ store }) => store.close()));
    lock.release();
  }
  terminal.print('imported; start Berth with the same platform key, then run "berth check"\n');
  return 0;
}

async function importInto(service: ServiceImport, terminal: Terminal): Promise<void> {
  const documents = await importService(service).catch((cause) => {
    const reason = cause instanceof Error ? cause.message : cause;
    const message = `${reason}; the databases are half filled, and no service starts on them: ${HALF_IMPORTED}`;
    throw new OperatorError(message, { cause });
  });
  terminal.progress('');
  terminal.print(`${service.service}: ${documents} documents\n`);
}
