import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from './private-file.ts';

export interface ProcessState {
  /** `metadata`, `distribution-api-2`, `gateway`, `nats-server` */
  readonly name: string;
  readonly pid: number | null;
  readonly port: number | null;
  readonly deaths: number;
}

/** `run/state.json`: what a running start is made of. The next start ends what a killed one left behind. */
export interface State {
  readonly supervisorPid: number;
  readonly guardPid: number | null;
  /** Null until all is ready. */
  readonly url: string | null;
  readonly dataFolder: string;
  /** Null when it was given, not generated. */
  readonly adminPasswordFile: string | null;
  readonly processes: readonly ProcessState[];
}

/** Null when there is none that can be read. */
export async function readState(runFolder: string): Promise<State | null> {
  const text = await readIfThere(join(runFolder, 'state.json'));
  try {
    return text === null ? null : (JSON.parse(text) as State);
  } catch {
    return null;
  }
}

/**
 * Writes states one after the other; only the newest of those that wait. Beside it, `metrics-targets.json` names the addresses of
 * `/metrics` for the file_sd_configs of Prometheus.
 */
export function createStateWriter(runFolder: string): (state: State) => Promise<void> {
  const file = join(runFolder, 'state.json');
  const targetsFile = join(runFolder, 'metrics-targets.json');
  let newest: State | undefined;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (newest !== undefined) {
      const text = `${JSON.stringify(newest, null, 2)}\n`;
      const targets = `${JSON.stringify(targetsOf(newest), null, 2)}\n`;
      newest = undefined;
      await replaceFile(file, text);
      await replaceFile(targetsFile, targets);
    }
  };
  return (state) => {
    newest = state;
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  };
}

async function replaceFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The copies of services; the gateway and nats-server have no such page. */
function targetsOf({ processes }: State): readonly { targets: string[]; labels: { copy: string } }[] {
  return processes.flatMap(({ name, port }) =>
    port === null || name === 'gateway' || name === 'nats-server'
      ? []
      : [{ targets: [`127.0.0.1:${port}`], labels: { copy: name } }],
  );
}
