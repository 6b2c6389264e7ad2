import { type BuiltManifest, buildImage, pushManifest, randomLayers } from '@berth/registry-client/testing';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type BerthProduct, basic, startBerthProduct } from '../support/berth-product.ts';
import { pause } from '../support/pause.ts';
import { settings } from '../support/settings.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { clientOf } from './workload.ts';

jest.setTimeout(180_000 + settings.webhookChanges * 300);

const CLIENTS = 8;
const TAGS = 2;
const REGISTRY = 'storm';
const VICTIMS = ['webhook-dispatcher', 'metadata', 'nats-server'];

/** A change of a tag that a client was told is done. */
interface Done {
  readonly subject: string;
  /** Null: deleted. */
  readonly digest: string | null;
}

interface TagEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly data: { readonly digest: string; readonly previousDigest?: string; readonly sequence: number };
}

describe(`${settings.webhookChanges} pushes, moves and deletes by ${CLIENTS} clients, while ${VICTIMS.join(', ')} are killed in turn and the receiver fails a third of the time`, () => {
  let product: BerthProduct;
  let receiver: WebhookReceiver;
  const done: Done[] = [];
  const kills = new Map<string, number>();

  beforeAll(async () => {
    receiver = await startWebhookReceiver({ failsEvery: 3 });
    product = await startBerthProduct({
      env: { BERTH_OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8', BERTH_WEBHOOK_RETRY_PAUSE: '200ms' },
    });
    await product.createRegistry(REGISTRY);
    const made = await call('POST', '/api/v1/webhooks', {
      registry: REGISTRY,
      name: 'all',
      url: receiver.url,
      events: ['artifact.pushed', 'artifact.deleted', 'tag.updated', 'tag.deleted'],
    });
    if (made.status !== 201) throw new Error(`webhook: ${made.status} ${await made.text()}`);
    let toDo = settings.webhookChanges;
    const takeOne = () => {
      toDo -= 1;
      return toDo >= 0;
    };
    const clients = Array.from({ length: CLIENTS }, (_, index) => work(index, takeOne));
    let isOver = false;
    const all = Promise.all(clients).finally(() => {
      isOver = true;
    });
    for (let turn = 0; !isOver || turn < VICTIMS.length; turn += 1) {
      await pause(1_500);
      const victim = VICTIMS[turn % VICTIMS.length] ?? '';
      await waitUntil(async () => process.kill((await product.process(victim)).pid, 'SIGKILL'), {
        timeoutMs: 30_000,
      });
      kills.set(victim, (kills.get(victim) ?? 0) + 1);
      await product.waitReady();
    }
    await all;
    await product.waitReady();
    // What is missing after that time, the tests tell.
    await waitUntil(isWhole, { timeoutMs: 90_000 }).catch(() => {});
  });

  afterAll(async () => {
    await product?.stop();
    await receiver?.close();
  });

  function call(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${product.origin}${path}`, {
      method,
      headers: {
        authorization: basic('admin', product.password),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Moves the tags of an image of its own, and now and then deletes one; what is not answered with 2xx is tried again. */
  async function work(index: number, takeOne: () => boolean): Promise<void> {
    const client = clientOf(product);
    const image = `image${index}`;
    const repository = `${REGISTRY}/${image}`;
    const layers = randomLayers(1, 2_000);
    const until = async (attempt: () => Promise<unknown>) => {
      while (
        !(await attempt().then(
          () => true,
          () => false,
        ))
      )
        await pause(200);
    };
    await until(() => pushManifest(client, repository, { manifest: buildImage({ layers }) }));
    for (let serial = 0; takeOne(); serial += 1) {
      const tag = `t${serial % TAGS}`;
      const subject = `${repository}:${tag}`;
      if (serial % 10 === 9) {
        await until(async () => {
          const { status } = await call(
            'DELETE',
            `/api/v1/registries/${REGISTRY}/images/${image}/tags/${tag}`,
          );
          if (status !== 204 && status !== 404) throw new Error(`delete: ${status}`);
        });
        done.push({ subject, digest: null });
        continue;
      }
      const manifest: BuiltManifest = buildImage({ layers, annotations: { serial: `${index}.${serial}` } });
      await until(() => pushManifest(client, repository, { manifest, tag }));
      done.push({ subject, digest: manifest.digest });
    }
    await client.close();
  }

  /** The events of each tag in the order in which they were first taken by the receiver. */
  function history(): ReadonlyMap<string, readonly TagEvent[]> {
    const events = new Map<string, Map<string, TagEvent>>();
    for (const event of receiver.taken as readonly TagEvent[]) {
      if (!event.type.startsWith('berth.tag.')) continue;
      const ofTag = events.get(event.subject) ?? new Map<string, TagEvent>();
      if (!ofTag.has(event.id)) ofTag.set(event.id, event);
      events.set(event.subject, ofTag);
    }
    return new Map([...events].map(([subject, ofTag]) => [subject, [...ofTag.values()]]));
  }

  /** What a tag points at after an event. */
  const pointsAt = (event: TagEvent | undefined) =>
    event?.type === 'berth.tag.updated' ? event.data.digest : null;

  /** Each tag is told to be where its client left it. */
  function isWhole(): boolean {
    const events = history();
    return subjects().every((subject) => pointsAt(events.get(subject)?.at(-1)) === left(subject));
  }

  const subjects = () => [...new Set(done.map(({ subject }) => subject))];
  const left = (subject: string) => done.findLast((change) => change.subject === subject)?.digest ?? null;

  test('every process was killed, and the receiver failed', () => {
    expect([...kills.keys()].sort()).toEqual([...VICTIMS].sort());
    expect(receiver.failed).toBeGreaterThan(done.length / 3);
  });

  test('every acknowledged change was told of', () => {
    expect(done).toHaveLength(settings.webhookChanges);
    const told = new Set(
      [...history()].flatMap(([subject, ofTag]) => ofTag.map((event) => `${subject} ${pointsAt(event)}`)),
    );
    expect(done.filter(({ subject, digest }) => !told.has(`${subject} ${digest}`))).toEqual([]);
  });

  test('no event of a tag is missing, late, or of a change that was not committed: each begins where the one before ended', () => {
    for (const [subject, ofTag] of history()) {
      const sequences = ofTag.map(({ data }) => data.sequence);
      expect([subject, sequences]).toEqual([subject, sequences.toSorted((a, b) => a - b)]);
      let current: string | null = null;
      for (const event of ofTag) {
        const { type, data } = event;
        const before: string | null =
          (type === 'berth.tag.deleted' ? data.digest : data.previousDigest) ?? null;
        expect([subject, event.id, before]).toEqual([subject, event.id, current]);
        current = pointsAt(event);
      }
      expect([subject, current]).toEqual([subject, left(subject)]);
    }
  });

  test('the log of deliveries has nothing left to do', async () => {
    const itemsOf = async (path: string) => {
      const { items } = (await (await call('GET', path)).json()) as { items: { id: string }[] };
      return items;
    };
    const [webhook] = await itemsOf(`/api/v1/webhooks?registry=${REGISTRY}`);
    const deliveries = `/api/v1/webhooks/${webhook?.id}/deliveries`;
    await waitUntil(async () => (await itemsOf(`${deliveries}?state=pending`)).length === 0, {
      timeoutMs: 60_000,
    });
    expect(await itemsOf(`${deliveries}?state=failed`)).toEqual([]);
  });
});
