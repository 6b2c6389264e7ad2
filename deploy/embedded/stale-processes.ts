import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { readState } from './state-file.ts';

/** What the command line of a child holds. */
const OURS = /nginx|nats-server|main\.ts|guard\.sh|node/;
const LIMIT_MS = 5_000;

/**
 * Ends what a start that was killed left behind in this run folder, by the pids it wrote down. A pid may be another
 * program's by now: only a process of a group that was written down, that works in this very folder and whose command
 * line is one of ours, is ended. Returns how many. Where there is no /proc it does nothing.
 */
export async function endStaleProcesses(runFolder: string): Promise<number> {
  const state = await readState(runFolder);
  if (state === null || process.platform !== 'linux') return 0;
  const groups = new Set([state.guardPid, ...state.processes.map(({ pid }) => pid)]);
  const find = async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const isStale = await Promise.all(pids.map((pid) => isOurs(pid, { groups, runFolder })));
    return pids.filter((_, index) => isStale[index]);
  };
  const stale = await find();
  for (const pid of stale) kill(pid);
  for (let waitedMs = 0; waitedMs < LIMIT_MS && (await find()).length > 0; waitedMs += 20) await pause(20);
  return stale.length;
}

async function isOurs(
  pid: number,
  { groups, runFolder }: { readonly groups: ReadonlySet<number | null>; readonly runFolder: string },
): Promise<boolean> {
  try {
    // `pid (name) state ppid pgrp …`: the name may hold anything, also brackets.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || !groups.has(Number(group))) return false;
    if ((await readlink(`/proc/${pid}/cwd`)) !== runFolder) return false;
    return OURS.test(await readFile(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    // it ended meanwhile, or is another user's
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}
