import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { redeliver } from '../deliveries/redeliver.ts';
import { mendStandings } from '../maintenance/mend-standings.ts';
import { TRIES_IN_TURN } from '../turns/retry-schedule.ts';
import { HOUR_MS, SECOND_MS, tagUpdated } from './events.ts';
import { type Fixture, openFixture } from './fixture.ts';
import { OK, type Receiver, startReceiver, withStatus } from './receiver.ts';

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

describe('a crash between any two writes', () => {
  test.each([0, 1, 2])('of a success, after %d of them, strands nothing', async (writes) => {
    await fixture.webhook(receiver.url);
    await fixture.take(tagUpdated('1.0', 1), tagUpdated('1.0', 2));
    fixture.crashAfter(writes);
    fixture.dispatch();
    await fixture.untilDone();
    expect(new Set(receiver.ids).size).toBe(2);
    expect(fixture.crashes).toBe(1);
  });

  test.each([0, 1, 2])('of a failure, after %d of them, strands nothing', async (writes) => {
    let isFirst = true;
    receiver.answer = (received, response) => {
      const answer = isFirst ? withStatus(500) : OK;
      isFirst = false;
      return answer(received, response);
    };
    const webhook = await fixture.webhook(receiver.url);
    const event = tagUpdated('1.0', 1);
    await fixture.take(event, tagUpdated('1.0', 2));
    fixture.crashAfter(writes);
    const dispatch = fixture.dispatch();
    await waitUntil(() => receiver.received.length > 0);
    await waitUntil(async () => {
      const { attemptCount, state } = await fixture.delivery(webhook, event);
      return attemptCount > 0 || state === 'succeeded';
    });
    fixture.advance(10 * SECOND_MS);
    dispatch.wake();
    await fixture.untilDone();
    expect(fixture.crashes).toBe(1);
  });

  test.each([0, 1, 2])('of stepping aside, after %d of them, strands nothing', async (writes) => {
    receiver.answer = withStatus(500);
    const webhook = await fixture.webhook(receiver.url);
    const event = tagUpdated('1.0', 1);
    await fixture.take(event, tagUpdated('1.0', 2));
    const delivery = await fixture.delivery(webhook, event);
    await fixture.records.deliveries.replace({ ...delivery, tries: TRIES_IN_TURN - 1 });
    fixture.crashAfter(writes);
    const dispatch = fixture.dispatch();
    await waitUntil(() => receiver.received.length > 0);
    receiver.answer = OK;
    await waitUntil(async () => {
      fixture.advance(HOUR_MS / 10);
      dispatch.wake();
      const { deliveries, lanes } = await fixture.all();
      return lanes.length === 0 && deliveries.every(({ state }) => state === 'succeeded');
    });
    expect(fixture.crashes).toBe(1);
  });

  test.each([0, 1, 2])('of a redelivery, after %d of them, strands nothing', async (writes) => {
    const webhook = await fixture.webhook(receiver.url);
    const event = tagUpdated('1.0', 1);
    const dispatch = fixture.dispatch();
    await fixture.take(event);
    await fixture.untilDone();
    fixture.crashAfter(writes);
    await redeliver(fixture.records, webhook.id, `${webhook.id}.${event.id}`).catch(() => {});
    await waitUntil(async () => {
      fixture.advance(10 * SECOND_MS);
      await mendStandings(fixture.records);
      dispatch.wake();
      const { deliveries, lanes } = await fixture.all();
      return lanes.length === 0 && deliveries.every(({ state }) => state === 'succeeded');
    });
    expect(receiver.received).toHaveLength(writes < 2 ? 1 : 2);
    expect(fixture.crashes).toBe(1);
  });
});
