import { expect, test } from '@jest/globals';
import { createBlobPlaces } from '../copy/blob-places.ts';

const signal = new AbortController().signal;

test('of three at once under one key one works at a time, also after one that failed; other keys do not wait', async () => {
  const places = createBlobPlaces();
  const steps: string[] = [];
  const first = Promise.withResolvers<void>();
  const work = (name: string, until?: Promise<void>) =>
    places.alone('a', signal, async () => {
      steps.push(`${name} begins`);
      await until;
      steps.push(`${name} ends`);
    });
  const working = [work('one', first.promise), work('two'), work('three')];
  await places.alone('b', signal, async () => void steps.push('another'));
  first.reject(new Error('cut'));
  const ends = await Promise.allSettled(working);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(steps).toEqual(['one begins', 'another', 'two begins', 'two ends', 'three begins', 'three ends']);
});

test('who is told to stop does not wait any longer', async () => {
  const places = createBlobPlaces();
  const first = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const working = places.alone('a', signal, () => first.promise);
  const waiting = places.alone('a', stopping.signal, async () => undefined);
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  first.resolve();
  await working;
});

test('a blob is found where it was last', () => {
  const places = createBlobPlaces();
  const digest = `sha256:${'a'.repeat(64)}` as const;
  expect(places.find('https://west', digest)).toBeUndefined();
  places.note('https://west', digest, 'acme/web');
  places.note('https://west', digest, 'acme/api');
  expect(places.find('https://west', digest)).toBe('acme/api');
  expect(places.find('https://east', digest)).toBeUndefined();
});
