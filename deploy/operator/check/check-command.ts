import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBlobStore } from '@berth/blob-store';
import { connectBus, type RpcCaller } from '@berth/bus';
import { createMetrics, silentLogger } from '@berth/runtime';
import { messageOf, OperatorError } from '../operator-error.ts';
import type { Places } from '../places.ts';
import type { Terminal } from '../terminal.ts';
import { runCheck } from './check.ts';
import { CHECK_USAGE, parseCheckOptions } from './check-options.ts';
import { textOf } from './report.ts';

interface Surroundings {
  readonly places: () => Places;
  readonly terminal: Terminal;
}

/** `berth check`. Returns the exit code. Where it cannot be checked, `--json` prints `{"error": …}` before the error is thrown. */
export async function checkCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await check(args, surroundings);
  } catch (error) {
    const { terminal } = surroundings;
    if (args.includes('--json')) terminal.print(`${JSON.stringify({ error: messageOf(error) }, null, 2)}\n`);
    throw error;
  }
}

async function check(args: readonly string[], { places, terminal }: Surroundings): Promise<number> {
  if (args.includes('--help')) {
    terminal.print(CHECK_USAGE);
    return 0;
  }
  const options = parseCheckOptions(args);
  const found = places();
  const bus = await connectBus({
    servers: await found.natsUrl(),
    credentialsFile: found.natsCredentialsFile,
    service: 'check',
    logger: silentLogger,
    metrics: createMetrics('check', { withProcess: false }),
    connectTimeoutMs: 5_000,
  });
  try {
    requireFolder(found.storageUrl);
    const blobs = await openBlobStore({ url: found.storageUrl });
    try {
      const storage = withoutSecrets(found.storageUrl);
      const caller = patient(bus);
      const report = await runCheck({ caller, blobs, storage, options, onProgress: terminal.progress });
      terminal.progress('');
      terminal.print(options.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
      return report.isClean ? 0 : 1;
    } finally {
      await blobs.close();
    }
  } finally {
    await bus.close();
  }
}

/** OperatorError where a blob store of files is not there: to open it would make it, empty. */
function requireFolder(url: string): void {
  if (!url.startsWith('file:/') || existsSync(fileURLToPath(url))) return;
  throw new OperatorError(
    `there is no folder ${fileURLToPath(url)}: look at BERTH_STORAGE_URL, and whether the disk is mounted`,
  );
}

/** Nobody waits for a page of documents: a busy Berth may take its time. */
function patient(caller: RpcCaller): RpcCaller {
  return {
    call: (method, request, options) => caller.call(method, request, { timeoutMs: 60_000, ...options }),
  };
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/\?.*$/s, '');
}
