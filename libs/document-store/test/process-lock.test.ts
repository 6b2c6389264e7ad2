import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { acquireProcessLock, openDocumentStore } from '../index.ts';
import { openTemporaryStore } from '../testing/index.ts';
import { firstLine, startChild } from './run-child.ts';

describe('a process lock', () => {
  test('is held once, until it is released', async () => {
    const { path, dispose } = await openTemporaryStore();
    const name = `${path}-other`;
    const lock = acquireProcessLock(name);
    expect(() => acquireProcessLock(name)).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', message: expect.stringContaining(name) }),
    );
    lock.release();
    lock.release();
    acquireProcessLock(name).release();
    await dispose();
  });

  test('of another process is free once that process was killed', async () => {
    const { path, dispose } = await openTemporaryStore();
    const name = `${path}-other`;
    const child = startChild('hold-lock-child.ts', name);
    try {
      expect(await firstLine(child)).toBe('locked');
      expect(() => acquireProcessLock(name)).toThrow(/Another process holds/);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    acquireProcessLock(name).release();
    await dispose();
  });

  test('that cannot be made says why', () => {
    expect(() => acquireProcessLock('/dev/null/lock')).toThrow(/\/dev\/null\/lock cannot be opened/);
  });

  test('keeps a database from being opened twice, and goes with the store', async () => {
    const { path, dispose, reopen } = await openTemporaryStore();
    const second = openDocumentStore({ url: `sqlite:${path}` });
    await expect(second).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(path),
    });
    await reopen();
    await dispose();
  });
});
