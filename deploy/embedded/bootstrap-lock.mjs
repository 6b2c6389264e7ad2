import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs `work` while this process holds the lock file, which names it. Others wait; the lock of a process that is gone
 * is taken over.
 */
export async function withFileLock(file, work) {
  const mine = `${file}.${process.pid}`;
  while (!tryLock(file, mine)) {
    takeAwayIfDead(file, mine);
    await pause(100);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** Appears whole or not at all, so that nobody reads a lock without its owner. */
function tryLock(file, mine) {
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function takeAwayIfDead(file, mine) {
  const owner = readOwner(file);
  if (owner === undefined || isAlive(owner)) return;
  const taken = `${mine}.taken`;
  try {
    renameSync(file, taken);
    // Another process took it over in between and is at work: give it back.
    if (readOwner(taken) !== owner) linkSync(taken, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  rmSync(taken, { force: true });
}

function readOwner(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
