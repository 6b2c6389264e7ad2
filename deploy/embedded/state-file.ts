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

/** Writes states one after the other; only the newest of those that wait. */
export function createStateWriter(runFolder: string): (state: State) => Promise<void> {
  const file = join(runFolder, 'state.json');
  let newest: State | undefined;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (newest !== undefined) {
      const text = `${JSON.stringify(newest, null, 2)}\n`;
      newest = undefined;
      await writeFile(`${file}.new`, text, { mode: 0o600 });
      await rename(`${file}.new`, file);
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
