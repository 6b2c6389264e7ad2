import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HOLD_MS } from '../turns/hold.ts';
import { tagUpdated } from './events.ts';
import { type Fixture, openFixture } from './fixture.ts';
import { OK, type Receiver, startReceiver } from './receiver.ts';

let fixture: Fixture;
let receiver: Receiver;

beforeEach(async () => {
  fixture = await openFixture();
  receiver = await startReceiver();
});
afterEach(async () => {
  await fixture.dispose();
  await receiver.close();
});

describe('two copies on one store', () => {
  test('share the webhooks: each delivery is sent once', async () => {
    for (let n = 0; n < 8; n += 1) await fixture.webhook(`${receiver.url}${n}`);
    const copies = [fixture.dispatch('one'), fixture.dispatch('two')];
    const events = Array.from({ length: 20 }, (_, n) => tagUpdated(`t${n}`, 1));
    for (const event of events) await fixture.take(event);
    await fixture.untilDone();
    expect(receiver.received).toHaveLength(8 * 20);
    await Promise.all(copies.map((copy) => copy.stop()));
  });

  test('do not go on with what the other took over', async () => {
    const held: (() => void)[] = [];
    receiver.answer = (received, response) => held.push(() => void OK(received, response));
    const webhook = await fixture.webhook(receiver.url);
    await fixture.take(tagUpdated('1.0', 1), tagUpdated('1.0', 2));
    const turn = await fixture.turn(webhook);
    await waitUntil(() => held.length === 1);
    await fixture.changeStanding(webhook, (standing) => ({
      ...standing,
      holder: 'other',
      wakeAt: fixture.now() + HOLD_MS,
    }));
    await fixture.take(tagUpdated('2.0', 1));
    receiver.answer = OK;
    turn.bell.ring();
    await waitUntil(() => turn.hold.isLost);
    for (const release of held) release();
    await turn.ended;
    expect(receiver.received).toHaveLength(1);
    expect(await fixture.standing(webhook)).toMatchObject({ holder: 'other' });
  });

  test('take over what the other had in hand when it died, when its lease is over', async () => {
    const webhook = await fixture.webhook(receiver.url);
    await fixture.take(tagUpdated('1.0', 1));
    const wakeAt = fixture.now() + HOLD_MS;
    await fixture.changeStanding(webhook, (standing) => ({ ...standing, holder: 'dead', wakeAt }));
    const dispatch = fixture.dispatch('living');
    await fixture.take(tagUpdated('2.0', 1));
    expect((await fixture.standing(webhook))?.holder).toBe('dead');
    expect(receiver.received).toEqual([]);
    fixture.advance(HOLD_MS);
    dispatch.wake();
    await fixture.untilDone();
    expect(receiver.received).toHaveLength(2);
  });
});

test('A copy that stops lets attempts under way end, begins no other, and gives its webhooks back at once', async () => {
  let release = () => {};
  receiver.answer = (received, response) => {
    release = () => void OK(received, response);
  };
  const webhook = await fixture.webhook(receiver.url);
  const dispatch = fixture.dispatch();
  await fixture.take(tagUpdated('1.0', 1), tagUpdated('1.0', 2));
  await waitUntil(() => receiver.open === 1);
  const stopped = dispatch.stop();
  release();
  await stopped;
  const { deliveries } = await fixture.all();
  expect(deliveries.map(({ state }) => state).sort()).toEqual(['pending', 'succeeded']);
  const standing = await fixture.standing(webhook);
  expect(standing).not.toHaveProperty('holder');
  expect(standing?.wakeAt).toBeLessThanOrEqual(fixture.now());
  receiver.answer = OK;
  fixture.dispatch();
  await fixture.untilDone();
});

test('A copy that stops cuts off what does not end in time, and another sends it at once', async () => {
  receiver.answer = () => {};
  const webhook = await fixture.webhook(receiver.url);
  const event = tagUpdated('1.0', 1);
  const dispatch = fixture.dispatch();
  await fixture.take(event);
  await waitUntil(() => receiver.open === 1);
  const startedAt = Date.now();
  await dispatch.stop();
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'pending', attemptCount: 0 });
  receiver.answer = OK;
  fixture.dispatch();
  await fixture.untilDone();
});
