import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { createPace, createPaces } from '../copy/pace.ts';
import { throttled } from '../copy/throttle.ts';

const never = new AbortController().signal;

test('bytes beyond the first second wait for their tokens, and all of them arrive', async () => {
  const source = Readable.from([Buffer.alloc(1_000, 1), Buffer.alloc(100, 2), Buffer.alloc(100, 3)]);
  const began = performance.now();
  const bytes = await buffer(throttled(source, createPace(1_000), never));
  expect(bytes).toEqual(Buffer.concat([Buffer.alloc(1_000, 1), Buffer.alloc(100, 2), Buffer.alloc(100, 3)]));
  expect(performance.now() - began).toBeGreaterThan(150); // 200 bytes more than a second's worth
});

test('an error of the source is the error of what is read', async () => {
  const source = new Readable({ read() {} });
  const paced = throttled(source, createPace(1_000), never);
  source.destroy(new Error('cut'));
  await expect(buffer(paced)).rejects.toThrow('cut');
});

test('who gives up waits no longer for tokens', async () => {
  const giveUp = new AbortController();
  const paced = throttled(Readable.from([Buffer.alloc(1_000_000)]), createPace(1), giveUp.signal);
  const reading = buffer(paced);
  giveUp.abort();
  await expect(reading).rejects.toThrow('abort');
});

test('all copies of a policy share its pace, those of another have their own', async () => {
  const paces = createPaces();
  const of = (policy: string) => paces.of(policy, 1_000) ?? createPace(1);
  const read = (policy: string) => buffer(throttled(Readable.from([Buffer.alloc(500)]), of(policy), never));
  const began = performance.now();
  await Promise.all([read('other'), read('other')]);
  const bytes = await Promise.all([read('west'), read('west'), read('west')]);
  expect(bytes.map(({ byteLength }) => byteLength)).toEqual([500, 500, 500]);
  expect(performance.now() - began).toBeGreaterThan(450); // 500 bytes more than a second's worth
  expect(paces.of('west', undefined)).toBeUndefined();
  expect(paces.of('west', 2_000)?.bytesPerSecond).toBe(2_000);
});
