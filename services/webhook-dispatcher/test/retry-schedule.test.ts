import { describe, expect, test } from '@jest/globals';
import type { Delivery } from '../documents/delivery.ts';
import { afterAttempt } from '../turns/after-attempt.ts';
import { MOST_TRIES, retryPauseMs, TRIES_IN_TURN } from '../turns/retry-schedule.ts';
import { HOUR_MS, SECOND_MS } from './events.ts';

describe('the pauses between attempts', () => {
  const pauses = (random: number) =>
    Array.from({ length: MOST_TRIES - 1 }, (_, index) => retryPauseMs(index + 1, 5 * SECOND_MS, random));

  test('double from the first to four hours', () => {
    const seconds = pauses(0.5).map((ms) => ms / SECOND_MS);
    expect(seconds).toEqual([
      5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 14_400, 14_400, 14_400, 14_400, 14_400,
    ]);
  });

  test('are spread by a tenth, and last about a day in all', () => {
    expect([retryPauseMs(1, 1_000, 0), retryPauseMs(1, 1_000, 1)]).toEqual([900, 1_100]);
    for (const random of [0, 0.5, 1]) {
      const hours = pauses(random).reduce((sum, ms) => sum + ms, 0) / HOUR_MS;
      expect(hours).toBeGreaterThan(23);
      expect(hours).toBeLessThan(29);
    }
  });
});

describe('after an attempt', () => {
  const delivery: Delivery = {
    webhookId: 'w',
    eventId: 'e',
    type: 'tag.updated',
    subject: 's',
    event: '{}',
    ordinal: 1,
    state: 'pending',
    lane: 'lane',
    tries: 0,
    attemptCount: 0,
    attempts: [],
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
  const attempt = (status: number) => ({
    at: '2026-01-01T00:00:00.000Z',
    durationMs: 5,
    status,
    error: null,
  });
  const failure = { attempt: attempt(500), isSuccess: false, isGone: false };
  const times = { now: 1_000_000, retryPauseMs: 5_000, random: 0.5 };

  test.each([
    [1, 'again'],
    [TRIES_IN_TURN - 1, 'again'],
    [TRIES_IN_TURN, 'aside'],
    [TRIES_IN_TURN + 1, 'again'],
    [MOST_TRIES - 1, 'again'],
    [MOST_TRIES, 'failed'],
  ])('that was the %d. to fail, a delivery is tried %s', (tries, next) => {
    const after = afterAttempt({ ...delivery, tries: tries - 1 }, failure, times);
    expect(after.next).toBe(next);
    expect(after.delivery).toMatchObject({ tries, state: next === 'failed' ? 'failed' : 'pending' });
    expect(after.delivery.lane).toBe(next === 'failed' ? undefined : 'lane');
    expect(after.delivery.dueAt).toBe(
      next === 'failed' ? undefined : times.now + retryPauseMs(tries, 5_000, 0.5),
    );
  });

  test('a success is the end, in no lane', () => {
    const success = { attempt: attempt(204), isSuccess: true, isGone: false };
    const { delivery: done, next } = afterAttempt({ ...delivery, dueAt: 5 }, success, times);
    expect(next).toBe('succeeded');
    expect(done).toMatchObject({ state: 'succeeded', attemptCount: 1, attempts: [{ status: 204 }] });
    expect(done).not.toHaveProperty('lane');
    expect(done).not.toHaveProperty('dueAt');
  });

  test('the latest twenty are kept, and all are counted', () => {
    let current = delivery;
    for (let n = 1; n <= 25; n += 1)
      current = afterAttempt(current, { ...failure, attempt: attempt(n) }, times).delivery;
    expect(current.attempts.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, (_, n) => n + 6));
    expect(current).toMatchObject({ attemptCount: 25 });
  });
});
