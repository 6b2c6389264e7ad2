import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SweepDocument } from '../documents/sweep.ts';
import { cancelSweep, listSweeps } from '../sweeps/find-sweep.ts';
import { SWEEP_LEASE_MS, takeSweep } from '../sweeps/hold-sweep.ts';
import { createPace } from '../sweeps/pace.ts';
import { pruneSweeps, SWEEPS_KEPT } from '../sweeps/prune-sweeps.ts';
import { runSweep, type SweepRun } from '../sweeps/run-sweep.ts';
import { scheduleSweeps } from '../sweeps/schedule-sweeps.ts';
import { BERTH, startSweep } from '../sweeps/start-sweep.ts';
import { type Fixture, isStored, openFixture, storeBytes } from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.stop());

const start = () => startSweep(fixture.records, { trigger: 'manual', actor: BERTH });
const take = async (holder = 'one'): Promise<SweepDocument> => {
  const taken = await takeSweep(fixture.records, holder);
  if (taken === null) throw new Error('nothing to take');
  return taken;
};
const run = (
  taken: SweepDocument,
  more: Partial<Omit<SweepRun, 'parts'>> & { parts?: Partial<Fixture['parts']> } = {},
) =>
  runSweep(
    {
      records: fixture.records,
      pace: async () => {},
      pause: async () => {},
      stopping: new AbortController().signal,
      ...more,
      parts: { ...fixture.parts, ...more.parts },
    },
    taken,
  );
const sweep = async (more?: Parameters<typeof run>[1]) => {
  await start();
  return await run(await take(), more);
};

/** Seldom enough for a cancel to come between. */
const RENEW_EVERY_MS = 50;

/** Time goes by, more than a lease lasts, but never more than that at once. */
async function outlastTheLease(id: string): Promise<void> {
  for (let n = 0; n < 3; n++) {
    fixture.advance(SWEEP_LEASE_MS * 0.6);
    const enough = fixture.records.clock() + SWEEP_LEASE_MS / 2;
    await waitUntil(async () => ((await fixture.records.sweeps.get(id))?.leaseUntil ?? 0) > enough, {
      what: 'the lease is renewed',
    });
  }
}

/** Until the copy that has it has looked at it twice: what it saw the first time it has acted on. */
async function waitForTwoLooks(id: string): Promise<void> {
  const versions = new Set<number>();
  await waitUntil(async () => {
    const sweep = await fixture.records.sweeps.get(id);
    return sweep !== null && versions.add(sweep.version).size > 2;
  });
}

describe('a sweep', () => {
  test('reviews all that is due, batch by batch, and says what it did', async () => {
    Object.assign(fixture.metadata, { links: 250, blobs: 100, uploads: 3 });
    expect(await sweep()).toMatchObject({
      state: 'succeeded',
      progress: {
        links: { removed: 250, kept: { named: 3 } },
        blobs: { removed: 100, removedBytes: 1_000 },
        uploads: { abandoned: 3 },
      },
    });
  });

  test('deletes the bytes of what is discarded, and those alone', async () => {
    const gone = [await fixture.discard('a', 'twelve bytes'), await fixture.discard('b', 'more')];
    await storeBytes(fixture.blobs, 'blobs/ab/kept', 'kept');
    expect(await sweep()).toMatchObject({ progress: { keys: { deleted: 2, failed: 0, freedBytes: 16 } } });
    expect(await Promise.all(gone.map((key) => isStored(fixture.blobs, key)))).toEqual([false, false]);
    expect(await isStored(fixture.blobs, 'blobs/ab/kept')).toBe(true);
    expect(fixture.metadata.discarded.size).toBe(0);
  });

  test('counts nothing as freed that was deleted before', async () => {
    const key = await fixture.discard('a', 'bytes');
    await fixture.blobs.remove(key);
    expect(await sweep()).toMatchObject({ progress: { keys: { deleted: 0, freedBytes: 0 } } });
    expect(fixture.metadata.discarded.size).toBe(0);
  });

  test('leaves what cannot be deleted to the next one, and goes on with the others', async () => {
    await fixture.discard('a', 'stuck');
    const free = await fixture.discard('b', 'free');
    const remove: Fixture['blobs']['remove'] = async (key, state) => {
      if (key.endsWith('/a')) throw new Error('the disk says no');
      await fixture.blobs.remove(key, state);
    };
    const blobs = { ...methods(fixture.blobs), remove };
    expect(await sweep({ parts: { blobs } })).toMatchObject({
      state: 'succeeded',
      progress: { keys: { deleted: 1, failed: 1 } },
    });
    expect([...fixture.metadata.discarded.keys()]).toEqual(['a']);
    expect(await isStored(fixture.blobs, free)).toBe(false);
    expect(await sweep()).toMatchObject({ progress: { keys: { deleted: 1, failed: 0 } } });
  });

  test('discards what dead writers left, but not what an open upload may go on from', async () => {
    const left = ['blobs/ab/open', 'blobs/ab/dead'].map((key) => ({
      ...{ key, startedAt: new Date(0), handle: key },
    }));
    const discarded: unknown[] = [];
    fixture.metadata.open.add('blobs/ab/open');
    const blobs = {
      ...methods(fixture.blobs),
      async *listUnfinished() {
        yield* left;
      },
      discardUnfinished: async ({ handle }: { handle: unknown }) => void discarded.push(handle),
    };
    expect(await sweep({ parts: { blobs } })).toMatchObject({
      progress: { unfinishedWrites: { discarded: 1, kept: 1 } },
    });
    expect(discarded).toEqual(['blobs/ab/dead']);
  });

  test('tries again when metadata does not answer, and fails with the reason when it stays away', async () => {
    fixture.metadata.links = 150;
    let calls = 0;
    fixture.metadata.onReview = async () => {
      calls++;
      if (calls === 2) throw new Error('away');
    };
    expect(await sweep()).toMatchObject({ state: 'succeeded', progress: { links: { removed: 150 } } });
    fixture.metadata.onReview = async () => {
      throw new Error('away');
    };
    expect(await sweep()).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('the next sweep goes on from there'),
    });
    expect(await startSweep(fixture.records, { trigger: 'manual', actor: BERTH })).toBeDefined();
  });

  test('fails with the reason when its last stage alone meets an error that stays', async () => {
    Object.assign(fixture.metadata, { links: 250 });
    let tries = 0;
    const pauses: number[] = [];
    const pause = async (ms: number) => void pauses.push(ms);
    const ended = await sweep({
      pause,
      parts: {
        blobs: refusesToList(() => {
          tries++;
        }),
      },
    });
    expect(ended).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('403'),
      progress: { links: { removed: 250, kept: { named: 3 } } }, // the stages before are not begun again
    });
    expect(tries).toBe(5);
    expect(pauses).toEqual([500, 2_000, 5_000, 10_000]);
  });

  test('gives an error that comes back after progress its tries anew', async () => {
    Object.assign(fixture.metadata, { links: 10_000 });
    let calls = 0;
    fixture.metadata.onReview = async () => {
      calls++;
      if (calls % 2 === 0) throw new Error('away');
    };
    expect(await sweep()).toMatchObject({ state: 'succeeded', progress: { links: { removed: 10_000 } } });
  });
});

/** A blob store that shows nobody what dead writers left. */
function refusesToList(onTry: () => void = () => {}) {
  return {
    ...methods(fixture.blobs),
    // biome-ignore lint/correctness/useYield: it throws before there is anything
    async *listUnfinished(): AsyncGenerator<never> {
      onTry();
      throw new Error('S3 answers 403');
    },
  };
}

/** A blob store as an object to change. */
function methods(blobs: Fixture['blobs']) {
  return {
    stat: (key: string) => blobs.stat(key),
    remove: (key: string, state?: unknown) => blobs.remove(key, state),
    listUnfinished: blobs.listUnfinished.bind(blobs),
    discardUnfinished: blobs.discardUnfinished.bind(blobs),
  };
}

describe('of several copies', () => {
  test('one sweep runs at a time: a second is refused with the id of the first', async () => {
    const { id } = await start();
    await expect(start()).rejects.toMatchObject({ code: 'RUN_IN_PROGRESS', detail: { existingId: id } });
    await run(await take());
    await start();
  });

  test('one takes it, and keeps it as long as it renews', async () => {
    await start();
    const taken = await Promise.all(
      ['one', 'two', 'three'].map((holder) => takeSweep(fixture.records, holder)),
    );
    expect(taken.filter((sweep) => sweep !== null)).toHaveLength(1);
  });

  test('one takes over what a dead one left, and the dead one that was not is told', async () => {
    Object.assign(fixture.metadata, { links: 250 });
    await start();
    const first = await take('one');
    expect(await takeSweep(fixture.records, 'two')).toBeNull();
    fixture.advance(SWEEP_LEASE_MS + 1);
    const second = await take('two');
    expect(second.startedAt).toBe(first.startedAt);
    expect(await run(second)).toMatchObject({ state: 'succeeded', progress: { links: { removed: 250 } } });
    expect(await run(first)).toBeNull();
    expect((await listSweeps(fixture.records, {})).items).toMatchObject([{ state: 'succeeded' }]);
  });

  test('one keeps it through a step that takes longer than the lease', async () => {
    const { id } = await start();
    fixture.metadata.onReview = async () => {
      await outlastTheLease(id);
      expect(await takeSweep(fixture.records, 'two')).toBeNull();
    };
    expect(await run(await take('one'), { renewEveryMs: RENEW_EVERY_MS })).toMatchObject({
      state: 'succeeded',
    });
  });

  test('one keeps it through the pauses of a low rate', async () => {
    Object.assign(fixture.metadata, { links: 450 });
    const { id } = await start();
    const asked: number[] = [];
    const pause: SweepRun['pause'] = async (ms) => {
      asked.push(ms);
      await outlastTheLease(id);
      expect(await takeSweep(fixture.records, 'two')).toBeNull();
    };
    const pace = createPace({ perSecond: 8, clock: fixture.records.clock, pause });
    const ended = await run(await take('one'), { pace, pause, renewEveryMs: RENEW_EVERY_MS });
    expect(ended).toMatchObject({ state: 'succeeded', progress: { links: { removed: 450 } } });
    expect(Math.max(...asked)).toBeGreaterThan(SWEEP_LEASE_MS);
  });

  test('one that is stopped lets another go on at once', async () => {
    Object.assign(fixture.metadata, { links: 250 });
    await start();
    expect(await run(await take('one'), { stopping: AbortSignal.abort() })).toBeNull();
    const ended = await run(await take('two'));
    expect(ended).toMatchObject({ state: 'succeeded', progress: { links: { removed: 250 } } });
  });

  test('the schedule fires once for each time that is due, and once for all that were missed', async () => {
    const hourMs = 3_600_000;
    const tick = () => Promise.all([1, 2, 3].map(() => scheduleSweeps(fixture.records, hourMs)));
    expect(await tick()).toEqual([false, false, false]);
    fixture.advance(hourMs + 1);
    expect((await tick()).filter(Boolean)).toHaveLength(1);
    await run(await take());
    expect((await tick()).filter(Boolean)).toHaveLength(0);
    fixture.advance(10 * hourMs);
    expect((await tick()).filter(Boolean)).toHaveLength(1);
    await run(await take());
    expect((await tick()).filter(Boolean)).toHaveLength(0);
    expect((await listSweeps(fixture.records, {})).items).toHaveLength(2);
  });

  test('a shorter interval holds at once', async () => {
    await scheduleSweeps(fixture.records, 86_400_000);
    expect(await scheduleSweeps(fixture.records, 1_000)).toBe(false);
    fixture.advance(1_001);
    expect(await scheduleSweeps(fixture.records, 1_000)).toBe(true);
  });
});

describe('a sweep that somebody cancels', () => {
  test('before it began never begins', async () => {
    const { id } = await start();
    expect(await cancelSweep(fixture.records, id)).toMatchObject({ state: 'cancelled' });
    expect(await takeSweep(fixture.records, 'one')).toBeNull();
    await expect(cancelSweep(fixture.records, id)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });

  test('ends between two batches, and what it did stays done', async () => {
    Object.assign(fixture.metadata, { links: 10_000 });
    const { id } = await start();
    let calls = 0;
    fixture.metadata.onReview = async () => {
      calls++;
      if (calls === 3) await cancelSweep(fixture.records, id);
      fixture.advance(600); // so that progress is stored every second batch
    };
    const ended = await run(await take());
    expect(ended?.state).toBe('cancelled');
    expect(ended?.progress.links.removed).toBeLessThan(1_000);
    expect(fixture.metadata.links).toBeGreaterThan(0);
  });

  test('ends while it meets an error that stays', async () => {
    const { id } = await start();
    const pause = async () => void (await cancelSweep(fixture.records, id));
    const ended = await run(await take(), { pause, parts: { blobs: refusesToList() } });
    expect(ended?.state).toBe('cancelled');
  });

  test('does not wait out the pause of a low rate', async () => {
    Object.assign(fixture.metadata, { links: 10_000 });
    const { id } = await start();
    const pace: SweepRun['pace'] = async (_, until) => {
      await cancelSweep(fixture.records, id);
      await new Promise((resolve) => until.addEventListener('abort', resolve));
    };
    const ended = await run(await take(), { pace, renewEveryMs: RENEW_EVERY_MS });
    expect(ended).toMatchObject({ state: 'cancelled', progress: { links: { removed: 100 } } });
  });

  test('begins no more deletions in the batch that it is in', async () => {
    const { id } = await start();
    for (let n = 0; n < 50; n++) await fixture.discard(`upload-${n}`, 'bytes');
    let cancelled: Promise<void> | undefined;
    const remove = async () => {
      cancelled ??= cancelSweep(fixture.records, id).then(() => waitForTwoLooks(id));
      await cancelled;
    };
    const blobs = { ...methods(fixture.blobs), remove };
    const ended = await run(await take(), { renewEveryMs: RENEW_EVERY_MS, parts: { blobs } });
    expect(ended).toMatchObject({ state: 'cancelled', progress: { keys: { deleted: 8 } } });
  });

  test('that does not exist is told so', async () => {
    await expect(cancelSweep(fixture.records, 'none')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});

test('the newest sweeps are remembered', async () => {
  for (let n = 0; n < SWEEPS_KEPT + 3; n++) {
    await cancelSweep(fixture.records, (await start()).id);
    fixture.advance(1);
  }
  await pruneSweeps(fixture.records);
  expect((await listSweeps(fixture.records, { limit: 500 })).items).toHaveLength(SWEEPS_KEPT);
});
