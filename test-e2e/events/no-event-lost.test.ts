import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { callManagement } from '../access/management-client.ts';
import { clientOf } from '../faults/workload.ts';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { pause } from '../support/pause.ts';
import { type Change, makeChanges } from './changes.ts';
import { type ReceivedEvent, type Receiver, startReceiver } from './receiver.ts';

jest.setTimeout(400_000);

const CHANGES = 2_000;
/** One that fails longer steps aside for those behind it, as documented: chance must not make that of it. */
const MAX_REFUSALS = 5;
const VICTIMS = ['webhook-dispatcher', 'metadata', 'nats-server'];

describe(`${CHANGES} changes by 8 clients while ${VICTIMS.join(', ')} are killed in turn and a third of the answers is 500`, () => {
  let product: BerthProduct;
  let receiver: Receiver;
  let changes: readonly Change[] = [];
  let kills = 0;
  /** Each event once, in the order in which the receiver first took it. */
  let events: ReceivedEvent[] = [];

  const ask = (operation: Parameters<typeof callManagement>[1], request = {}) =>
    callManagement(product.origin, operation, request, basic('admin', product.password));

  beforeAll(async () => {
    const refused = new Map<string, number>();
    receiver = await startReceiver(({ id }) => {
      const times = refused.get(id) ?? 0;
      if (times === MAX_REFUSALS || Math.random() > 1 / 3) return false;
      refused.set(id, times + 1);
      return true;
    });
    product = await startBerthProduct({
      env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_WEBHOOK_RETRY_PAUSE: '100ms' },
    });
    await product.createRegistry('storm');
    const hook = await ask('createWebhook', {
      body: {
        registry: 'storm',
        name: 'all',
        url: receiver.url,
        events: ['artifact.pushed', 'artifact.deleted', 'tag.updated', 'tag.deleted'],
        includeAttached: true,
      },
    });
    expect(hook.status).toBe(201);

    let isOver = false;
    const storm = makeChanges(product, { registry: 'storm', clients: 8, count: CHANGES }).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await pause(1_000);
      const victim = VICTIMS[kills % VICTIMS.length] ?? 'metadata';
      process.kill((await product.process(victim)).pid, 'SIGKILL');
      kills += 1;
      await pause(50);
      await product.waitReady();
    }
    changes = await storm;
    await delivered(hook.body.id);
    const first = new Map(receiver.accepted.toReversed().map((event) => [event.id, event]));
    events = [...new Set(receiver.accepted.map(({ id }) => id))].flatMap((id) => first.get(id) ?? []);
  }, 380_000);

  afterAll(async () => {
    await product?.stop();
    await receiver?.close();
  });

  /** Waits until nothing has waited for a while. */
  async function delivered(id: string): Promise<void> {
    const until = Date.now() + 180_000;
    for (let quiet = 0; quiet < 5; ) {
      const pending = await ask('listDeliveries', {
        params: { id },
        query: { state: 'pending', limit: '1' },
      });
      const isQuiet = pending.status === 200 && pending.body.items.length === 0;
      quiet = isQuiet ? quiet + 1 : 0;
      if (Date.now() > until) throw new Error(`deliveries still wait: ${JSON.stringify(pending.body)}`);
      await pause(1_000);
    }
  }

  test('there was a storm', () => {
    expect(kills).toBeGreaterThanOrEqual(VICTIMS.length);
    expect(changes.filter(({ isAcknowledged }) => isAcknowledged).length).toBeGreaterThan(CHANGES / 4);
    expect(receiver.refusals).toBeGreaterThan(CHANGES / 10);
  });

  /** A push of the same artifact at the same moment is the newer wish: then nothing was deleted. */
  function isUndone(deletion: Change): boolean {
    return changes.some(
      ({ kind, image, digest, from, to }) =>
        kind === 'pushed' &&
        image === deletion.image &&
        digest === deletion.digest &&
        from < deletion.to &&
        to > deletion.from,
    );
  }

  test('every acknowledged change has come', () => {
    const seen = new Set(events.map(({ type, data }) => key(type, data)));
    const lost = changes.filter((change) => {
      const { kind, image, tag, digest, isAcknowledged } = change;
      if (!isAcknowledged) return false;
      if (kind === 'artifact deleted' && isUndone(change)) return false;
      if (kind === 'pushed') return !seen.has(key('berth.artifact.pushed', { image, tag, digest }));
      if (kind === 'artifact deleted') return !seen.has(key('berth.artifact.deleted', { image, digest }));
      return !events.some(
        ({ type, data }) => type === 'berth.tag.deleted' && data.image === image && data.tag === tag,
      );
    });
    expect(lost).toEqual([]);
  });

  test('those of one tag and of one artifact came in the order of their changes', () => {
    const late: string[] = [];
    const last = new Map<string, number>();
    for (const { id, type, data } of events) {
      const object = objectOf(type, data);
      // Pushing one artifact under several tags is one change with several events.
      if ((last.get(object) ?? 0) > data.sequence) late.push(`${object} ${id}`);
      last.set(object, data.sequence);
    }
    expect(late).toEqual([]);
  });

  test('the events of a tag follow on from each other: none is missing, none tells of what never was', () => {
    const broken: string[] = [];
    const at = new Map<string, string | undefined>();
    const tagEvents = events.filter(({ type }) => type.startsWith('berth.tag.'));
    for (const { type, data } of tagEvents.toSorted((a, b) => a.data.sequence - b.data.sequence)) {
      const tag = `${data.image}:${data.tag}`;
      const before = at.get(tag);
      const expected = type === 'berth.tag.deleted' ? data.digest : data.previousDigest;
      if (before !== expected) broken.push(`${tag} was at ${before}, its next event says ${expected}`);
      at.set(tag, type === 'berth.tag.deleted' ? undefined : data.digest);
    }
    expect(broken).toEqual([]);
  });

  test('and they end where the registry is', async () => {
    const client = clientOf(product);
    const told = new Map<string, string>();
    const tagEvents = events.filter(({ type }) => type.startsWith('berth.tag.'));
    for (const { type, data } of tagEvents.toSorted((a, b) => a.data.sequence - b.data.sequence)) {
      if (type === 'berth.tag.deleted') told.delete(`${data.image}:${data.tag}`);
      else told.set(`${data.image}:${data.tag}`, data.digest);
    }
    const stored = new Map<string, string>();
    for await (const repository of client.lists.catalog()) {
      const image = repository.slice('storm/'.length);
      for await (const tag of client.lists.tags(repository))
        stored.set(`${image}:${tag}`, (await client.manifests.get(repository, tag)).digest);
    }
    await client.close();
    expect(Object.fromEntries([...told].sort())).toEqual(Object.fromEntries([...stored].sort()));
  });
});

type Named = {
  readonly image: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
};

function key(type: string, { image, tag = '', digest = '' }: Named): string {
  return `${type} ${image} ${type === 'berth.artifact.deleted' ? '' : tag} ${digest}`;
}

function objectOf(type: string, { image, tag, digest }: ReceivedEvent['data']): string {
  return type.startsWith('berth.tag.') ? `${image}:${tag}` : `${image}@${digest}`;
}
