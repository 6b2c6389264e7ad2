import { mkdir, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type DocumentReader,
  findUnfinishedImport,
  HALF_IMPORTED,
  openDocumentReader,
} from '@berth/document-store';
import { OperatorError } from '../operator-error.ts';
import type { Places } from '../places.ts';
import type { Terminal } from '../terminal.ts';
import { KEPT } from './collections.ts';
import { exportService } from './export-service.ts';

const USAGE = `usage: berth export --out FOLDER

Writes all that the services know, but no bytes of blobs, as JSON lines: a file per service. Run it where the services run, with
their settings; they may go on working. The files hold password hashes and encrypted secrets: keep them as such.
`;

/** `berth export`. Returns the exit code. */
export async function exportCommand(
  args: readonly string[],
  { places, terminal }: { readonly places: () => Places; readonly terminal: Terminal },
): Promise<number> {
  if (args.includes('--help')) {
    terminal.print(USAGE);
    return 0;
  }
  const { values } = parseArgs({ args: [...args], options: { out: { type: 'string' } } });
  if (values.out === undefined) throw new OperatorError('--out is missing: the folder to write to');
  const folder = await emptyFolder(resolve(values.out));
  const { databaseUrl } = places();
  const takenAt = new Date().toISOString();
  for (const [service, collections] of Object.entries(KEPT)) {
    const reader = await openDocumentReader(databaseUrl(service));
    try {
      await assertWhole(service, reader);
      const onProgress = terminal.progress;
      const documents = await exportService({ service, reader, collections, folder, takenAt, onProgress });
      const waiting = (await reader.outbox.unsent(1)).length > 0;
      terminal.progress('');
      terminal.print(
        `${service}: ${documents} documents${waiting ? '; events of it wait for the bus, and are not part of the export' : ''}\n`,
      );
    } finally {
      await reader.close();
    }
  }
  terminal.print(
    `written to ${folder}; keep the platform key with it, and copy the blobs within the grace period\n`,
  );
  return 0;
}

async function emptyFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new OperatorError(`${folder} is not empty: an export needs a folder of its own`);
  return folder;
}

async function assertWhole(service: string, reader: DocumentReader): Promise<void> {
  const startedAt = await findUnfinishedImport(reader);
  if (startedAt === null) return;
  throw new OperatorError(
    `the database of ${service} holds a part of the import that began at ${startedAt} and did not end: ${HALF_IMPORTED}`,
  );
}
