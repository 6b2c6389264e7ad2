import { waitUntil } from '@berth/testing';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mendStandings } from '../maintenance/mend-standings.ts';
import { deleteWebhook } from '../webhooks/delete-webhook.ts';
import { resume } from '../webhooks/wake-webhook.ts';
import { DAY_MS, eventOf, SECOND_MS, tagUpdated } from './events.ts';
import { type Fixture, ORIGIN, openFixture } from './fixture.ts';
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

describe('a webhook', () => {
  test('that fails for a day without one success is paused and says so; its deliveries wait until it is resumed', async () => {
    receiver.answer = withStatus(500);
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    const first = tagUpdated('1.0', 1);
    await fixture.take(first);
    await fixture.untilTried(webhook, first, 1);
    await waitUntil(async () => (await fixture.standing(webhook))?.failingSince !== undefined);
    const second = tagUpdated('2.0', 1);
    fixture.advance(DAY_MS);
    await fixture.take(second);
    await waitUntil(async () => (await fixture.standing(webhook))?.pausedAt !== undefined);
    expect(await fixture.standing(webhook)).toMatchObject({
      pauseReason: expect.stringMatching(/nothing was delivered since 20.*500 Internal Server Error/),
    });
    const sent = receiver.received.length;
    await fixture.take(tagUpdated('3.0', 1));
    fixture.advance(DAY_MS);
    dispatch.wake();
    expect(await fixture.standing(webhook)).not.toHaveProperty('wakeAt');
    expect(receiver.received).toHaveLength(sent);
    receiver.answer = OK;
    await resume(fixture.records, webhook.id);
    dispatch.wake();
    await fixture.untilDone();
    expect((await fixture.all()).deliveries.map(({ state }) => state)).toEqual(Array(3).fill('succeeded'));
    const standing = await fixture.standing(webhook);
    for (const field of ['pausedAt', 'pauseReason', 'failingSince'])
      expect(standing).not.toHaveProperty(field);
  });

  test('with one success in between is not paused', async () => {
    receiver.answer = withStatus(500);
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    await fixture.take(tagUpdated('1.0', 1));
    await waitUntil(async () => (await fixture.standing(webhook))?.failingSince !== undefined);
    receiver.answer = OK;
    fixture.advance(DAY_MS / 2);
    dispatch.wake();
    await fixture.untilDone();
    await waitUntil(async () => (await fixture.standing(webhook))?.failingSince === undefined);
    receiver.answer = withStatus(500);
    fixture.advance(DAY_MS / 2);
    await fixture.take(tagUpdated('1.0', 2));
    await waitUntil(async () => (await fixture.standing(webhook))?.failingSince !== undefined);
    expect(await fixture.standing(webhook)).not.toHaveProperty('pausedAt');
  });

  test('whose receiver answers 410 is paused at once, and loses nothing', async () => {
    receiver.answer = withStatus(410);
    const webhook = await fixture.webhook(receiver.url);
    fixture.dispatch();
    const event = tagUpdated('1.0', 1);
    await fixture.take(event);
    await waitUntil(async () => (await fixture.standing(webhook))?.pausedAt !== undefined);
    expect(await fixture.standing(webhook)).toMatchObject({ pauseReason: 'the receiver answered 410 Gone' });
    expect(await fixture.delivery(webhook, event)).toMatchObject({ state: 'pending' });
  });

  test('that was deleted leaves nothing behind, however many deliveries wait', async () => {
    const webhook = await fixture.webhook(receiver.url);
    receiver.answer = withStatus(500);
    const dispatch = fixture.dispatch();
    await fixture.take(...Array.from({ length: 300 }, (_, n) => tagUpdated(`t${n}`, 1)));
    await waitUntil(() => receiver.received.length > 4);
    await deleteWebhook(fixture.records, webhook, ORIGIN);
    dispatch.wake();
    await waitUntil(async () => (await fixture.standing(webhook)) === null);
    expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
  });

  test.each(['rests', 'is paused'])('that is deleted while it %s leaves nothing behind', async (how) => {
    const webhook = await fixture.webhook(receiver.url);
    receiver.answer = how === 'rests' ? OK : withStatus(410);
    const dispatch = fixture.dispatch();
    await fixture.take(tagUpdated('1.0', 1));
    await waitUntil(() => receiver.received.length > 0);
    await waitUntil(async () => (await fixture.standing(webhook))?.wakeAt === undefined);
    await deleteWebhook(fixture.records, webhook, ORIGIN);
    dispatch.wake();
    await waitUntil(async () => (await fixture.standing(webhook)) === null);
    expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
  });

  test('that was deleted while it rested is found when a crash left it unwoken', async () => {
    const webhook = await fixture.webhook(receiver.url);
    const dispatch = fixture.dispatch();
    await fixture.take(tagUpdated('1.0', 1));
    await fixture.untilDone();
    await waitUntil(async () => (await fixture.standing(webhook))?.wakeAt === undefined);
    await fixture.records.webhooks.remove(webhook);
    await mendStandings(fixture.records);
    dispatch.wake();
    await waitUntil(async () => (await fixture.standing(webhook)) === null);
    expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
  });

  test('of a registry that is deleted gets that event too, then goes by itself', async () => {
    const webhook = await fixture.webhook(receiver.url);
    const global = await fixture.webhook(`${receiver.url}/all`, {}, null);
    const dispatch = fixture.dispatch();
    const deleted = eventOf('registry.deleted');
    await fixture.take(tagUpdated('1.0', 1), deleted);
    await fixture.untilDone();
    expect(receiver.ids.filter((id) => id === deleted.id)).toHaveLength(2);
    expect(await fixture.records.webhooks.get(webhook.id)).not.toBeNull();
    fixture.advance(61 * SECOND_MS);
    dispatch.wake();
    await waitUntil(async () => (await fixture.standing(webhook)) === null);
    expect(await fixture.records.webhooks.get(webhook.id)).toBeNull();
    expect(await fixture.records.webhooks.get(global.id)).not.toBeNull();
    const events = await fixture.records.store.outbox.unsent(100);
    const last = JSON.parse(events.at(-1)?.payload ?? '{}');
    expect(last).toMatchObject({
      type: 'berth.webhook.deleted',
      data: { object: { id: webhook.id }, actor: { name: 'alice' } },
    });
  });

  test.each(['failing', 'disabled'])(
    'that is %s goes a day after its registry at the latest',
    async (how) => {
      receiver.answer = withStatus(500);
      const webhook = await fixture.webhook(receiver.url);
      const dispatch = fixture.dispatch();
      const event = tagUpdated('1.0', 1);
      await fixture.take(event);
      await fixture.untilTried(webhook, event, 1);
      if (how === 'disabled') {
        await waitUntil(async () => (await fixture.standing(webhook))?.holder === undefined);
        await fixture.records.webhooks.replace({ ...webhook, enabled: false });
      }
      await fixture.take(eventOf('registry.deleted'));
      fixture.advance(DAY_MS / 2);
      dispatch.wake();
      await waitUntil(async () => {
        const { wakeAt = 0, holder } = (await fixture.standing(webhook)) ?? {};
        return holder === undefined && wakeAt > fixture.now();
      });
      expect(await fixture.records.webhooks.get(webhook.id)).not.toBeNull();
      await waitUntil(async () => {
        fixture.advance(DAY_MS / 20);
        dispatch.wake();
        return (await fixture.standing(webhook)) === null;
      });
      expect(await fixture.all()).toEqual({ deliveries: [], lanes: [] });
    },
  );
});
