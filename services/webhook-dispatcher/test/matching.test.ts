import type { CloudEvent } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import { type Matching, matches } from '../matching/matches.ts';
import { objectKey } from '../matching/object-key.ts';
import { DIGEST, eventOf, HOUR_MS, tagUpdated } from './events.ts';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const MINUTE_MS = 60_000;

const webhook: Matching = {
  events: ['artifact.pushed', 'tag.updated', 'registry.deleted'],
  includeAttached: false,
  enabled: true,
  listensSince: NOW,
};
const pushed = (data: Record<string, unknown> = {}, time = NOW) => eventOf('artifact.pushed', data, time);
const pulled = eventOf('artifact.pulled', { attached: true }, NOW);
const tagged = (tag: string) => eventOf('tag.updated', { tag }, NOW);
const SIGNATURE_TAG = `sha256-${'b'.repeat(64)}.sig`;

describe('a webhook wants an event', () => {
  test.each<[string, boolean, Partial<Matching>, CloudEvent]>([
    ['of a type that it names', true, {}, pushed()],
    ['of another type', false, {}, eventOf('artifact.deleted', {}, NOW)],
    ['while it is disabled', false, { enabled: false }, pushed()],
    ['of an image that a pattern fits', true, { images: ['web', 'team/*'] }, pushed({ image: 'team/api' })],
    ['of an image that no pattern fits', false, { images: ['web', 'team/*'] }, pushed({ image: 'team/a/b' })],
    ['of an image under folders', true, { images: ['team/**'] }, pushed({ image: 'team/a/b' })],
    ['of one of several in braces', true, { images: ['{web,api}'] }, pushed({ image: 'api' })],
    ['of no image, whatever its patterns', true, { images: ['x'] }, eventOf('registry.deleted', {}, NOW)],
    ['of an attached artifact', false, {}, pushed({ attached: true })],
    ['of an attached artifact that it asks for', true, { includeAttached: true }, pushed({ attached: true })],
    ['of the pull of an attached artifact', false, { events: ['artifact.pulled'] }, pulled],
    ['of such a pull that it asks for', true, { events: ['artifact.pulled'], includeAttached: true }, pulled],
    ['of a tag that attaches a signature', false, {}, tagged(SIGNATURE_TAG)],
    ['of a tag that attaches, when it asks for them', true, { includeAttached: true }, tagged(SIGNATURE_TAG)],
    ['of a tag that only looks alike', true, {}, tagged('sha256-1')],
    ['from before it was made', false, {}, pushed({}, NOW - HOUR_MS)],
    ['that a clock a little behind dates before', true, {}, pushed({}, NOW - 4 * MINUTE_MS)],
    ['from after it was made', true, {}, pushed({}, NOW + HOUR_MS)],
  ])('%s: %s', (_what, isWanted, settings, event) => {
    expect(matches({ ...webhook, ...settings }, event)).toBe(isWanted);
  });
});

describe('the object of an event', () => {
  test.each<[string, string, CloudEvent]>([
    ['of a moved tag is the tag', 'r-acme/web:1.0', tagUpdated('1.0', 1)],
    ['of a deleted tag is the tag', 'r-acme/web:1.0', eventOf('tag.deleted', { tag: '1.0' })],
    ['of a push is the artifact', `r-acme/web@${DIGEST}`, eventOf('artifact.pushed', { tag: '1.0' })],
    ['of a deletion is the artifact', `r-acme/web@${DIGEST}`, eventOf('artifact.deleted')],
    ['of anything else is its subject', 'acme', eventOf('registry.deleted')],
  ])('%s: %s', (_what, key, event) => {
    expect(objectKey(event)).toBe(key);
  });

  test.each([{ tag: undefined }, { tag: 5 }, { image: '' }, { registryId: null }, { tag: '\ud800' }])(
    'cannot be told without %j',
    (data) => {
      expect(() => objectKey(eventOf('tag.updated', data as never))).toThrow(TypeError);
    },
  );
});
