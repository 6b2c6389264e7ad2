import { digestOf, MEDIA_TYPES } from '@berth/oci';
import { waitUntil } from '@berth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createPulledBlobs } from '../http/pulled-blobs.ts';
import { type Fixture, repositoryScope, startFixture } from './fixture.ts';

const NAME = 'acme/web';

describe('where the blobs of a manifest are that was just read', () => {
  const digest = digestOf(Buffer.from('a layer'));
  const facts = { digest, sizeBytes: 7, key: 'blobs/00/u1' };

  function pulledBlobs() {
    const clock = { now: 1_000 };
    return { clock, pulled: createPulledBlobs(() => clock.now) };
  }

  test('counts for a second from the question, in its repository, and is asked again after half of it', () => {
    const { clock, pulled } = pulledBlobs();
    const asking = pulled.ask(NAME, 'v1');
    clock.now += 100;
    expect(pulled.find(NAME, digest)).toBeUndefined();
    asking?.keep([facts]);
    expect([pulled.ask(NAME, 'v1'), pulled.find(NAME, digest)]).toEqual([null, facts]);
    expect([pulled.ask(NAME, 'v2'), pulled.find('acme/other', digest)]).toEqual([
      expect.anything(),
      undefined,
    ]);
    clock.now += 401;
    expect([pulled.ask(NAME, 'v1'), pulled.find(NAME, digest)]).toEqual([expect.anything(), facts]);
    clock.now += 500;
    expect(pulled.find(NAME, digest)).toBeUndefined();
  });

  test('is not kept where it is told to forget, nor where that came while it was asked', () => {
    const { pulled } = pulledBlobs();
    pulled.ask(NAME, 'v1')?.keep([facts]);
    const asking = pulled.ask(NAME, 'v2');
    pulled.forget();
    asking?.keep([facts]);
    expect(pulled.find(NAME, digest)).toBeUndefined();
    expect([pulled.ask(NAME, 'v1'), pulled.ask(NAME, 'v2')]).toEqual([expect.anything(), expect.anything()]);
  });
});

describe('a pull', () => {
  let berth: Fixture;
  let authorization: string;
  let count = 0;
  /** New in each test. */
  let content: string;
  let blob: string;
  let manifest: string;

  beforeAll(async () => {
    berth = await startFixture({ copies: 2 });
    authorization = `Bearer ${await berth.token('ann', [repositoryScope(NAME, 'pull', 'push', 'delete')])}`;
  });
  afterAll(() => berth.stop());
  beforeEach(async () => {
    await push();
    berth.facts.calls.clear();
  });

  async function push(): Promise<void> {
    count += 1;
    content = `layer ${count}`;
    const body = Buffer.from(content);
    const digest = digestOf(body);
    manifest = `/v2/${NAME}/manifests/v${count}`;
    blob = `/v2/${NAME}/blobs/${digest}`;
    const pushed = await send('POST', `/v2/${NAME}/blobs/uploads/?digest=${digest}`, { body });
    expect(pushed.status).toBe(201);
    const headers = { 'content-type': MEDIA_TYPES.ociManifest };
    await send('PUT', manifest, { body: Buffer.from('{"schemaVersion":2}'), headers });
  }

  async function send(
    method: string,
    path: string,
    { copy = 0, body, headers }: { copy?: number; body?: Uint8Array; headers?: Record<string, string> } = {},
  ) {
    const answer = await fetch(`${berth.origins[copy]}${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body && { body: new Uint8Array(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  test('asks metadata for its manifest, and not for each blob', async () => {
    await waitUntil(
      async () => {
        berth.facts.calls.clear();
        await send('GET', manifest);
        for (let reads = 0; reads < 3; reads += 1)
          expect(await send('GET', blob)).toEqual({ status: 200, text: content });
        return !berth.facts.calls.has('statBlob'); // within a second, that is
      },
      { what: 'a pull without a question for its blobs' },
    );
    expect(berth.facts.calls.get('getManifest')).toBe(1);
  });

  test('of which another copy gave the manifest asks for the blob, and so does a pusher', async () => {
    await send('GET', manifest);
    expect((await send('GET', blob, { copy: 1 })).status).toBe(200);
    expect((await send('HEAD', blob)).status).toBe(200);
    expect(berth.facts.calls.get('statBlob')).toBe(2);
  });

  test('does not bring the blobs along for whoever has the manifest', async () => {
    await send('GET', manifest, { headers: { 'if-none-match': '"sha256:other"' } });
    expect((await send('GET', blob)).status).toBe(200);
    expect(berth.facts.calls.get('statBlob')).toBe(1);
  });

  test.each([0, 1])('finds a blob gone at once that copy %i deleted', async (copy) => {
    await waitUntil(
      async () => {
        await push();
        const begunAt = performance.now();
        await send('GET', manifest);
        expect((await send('GET', blob)).status).toBe(200);
        expect((await send('DELETE', blob, { copy })).status).toBe(202);
        await waitUntil(async () => (await send('GET', blob)).status === 404, { what: 'a 404' });
        return performance.now() - begunAt < 900; // later it would be asked for anyway
      },
      { what: 'a 404 before the end of the second' },
    );
  });
});
