import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { settleAudit } from '../audit/settle-audit.ts';
import { type Fixture, startFixture } from './fixture.ts';
import { publishEvents } from './publish-event.ts';

const ACME = { id: 'r-acme', name: 'acme' };
const EVENTS = 60;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

test('Many events that come together become durable by a few fsyncs, and by one at least', async () => {
  const { store, auditLog } = fixture.service.facts;
  const before = store.counters.durableCommits;
  const ids = await publishEvents(
    fixture,
    Array.from({ length: EVENTS }, () => ({ type: 'registry.updated' as const, registry: ACME })),
  );
  await waitUntil(async () => (await auditLog.getMany(ids)).every((entry) => entry !== null));
  await fixture.stopService(); // settles what it has heard
  const commits = store.counters.durableCommits - before;
  expect(commits).toBeGreaterThanOrEqual(1);
  expect(commits).toBeLessThan(EVENTS / 10);
});

test('Copies that settle at the same time both do, each with a durable write', async () => {
  const { facts } = fixture.service;
  const before = facts.store.counters.durableCommits;
  await settleAudit(facts);
  expect(facts.store.counters.durableCommits).toBe(before + 1);
  await Promise.all([settleAudit(facts), settleAudit(facts), settleAudit(facts)]);
  expect(facts.store.counters.durableCommits).toBeGreaterThan(before + 1);
  const mark = await facts.auditMarks.get('audit');
  fixture.advance(1_000);
  await settleAudit(facts);
  expect((await facts.auditMarks.get('audit'))?.settledAt).not.toBe(mark?.settledAt);
});
