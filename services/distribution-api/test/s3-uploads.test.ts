import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { openBlobStore } from '@berth/blob-store';
import { digestOf } from '@berth/oci';
import { hasS3, startS3, type TestS3, waitUntil } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, repositoryScope, startFixture } from './fixture.ts';

const NAME = 'acme/web';
const MIB = 1024 * 1024;

describe.each(hasS3() ? ['when_supported', 'when_required'] : [])(
  'uploads to S3, checksums %s',
  (checksums) => {
    let s3: TestS3;
    let berth: Fixture;
    let token: string;

    beforeAll(async () => {
      s3 = await startS3();
      Object.assign(process.env, s3.credentials);
      berth = await startFixture({
        copies: 3,
        leaseMs: 300,
        env: { BERTH_STORAGE_URL: s3.storageUrl('p', { checksums }) },
      });
      token = await berth.token('ann', [repositoryScope(NAME, 'pull', 'push')]);
    });
    afterAll(async () => {
      await berth?.stop();
      await s3?.stop();
    });

    interface Ask {
      readonly copy?: number;
      readonly body?: Buffer;
      readonly start?: number;
    }

    function send(method: string, path: string, { copy = 0, body, start }: Ask = {}): Promise<Response> {
      const range = body && start !== undefined && { 'content-range': `${start}-${start + body.length - 1}` };
      return fetch(`${berth.origins[copy]}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...range },
        ...(body && { body: new Uint8Array(body) }),
        redirect: 'manual',
      });
    }

    async function begin(): Promise<string> {
      return (await send('POST', `/v2/${NAME}/blobs/uploads/`)).headers.get('location') ?? '';
    }

    const uploadOf = (location: string) => berth.facts.uploads.get(location.split('/').at(-1) ?? '');

    async function expectStored(bytes: Buffer): Promise<void> {
      const answer = await send('GET', `/v2/${NAME}/blobs/${digestOf(bytes)}`, { copy: 1 });
      expect(answer.status).toBe(200);
      expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digestOf(bytes));
    }

    test.each([
      { what: 'at the copy that wrote', copy: 0, sizeBytes: 100 },
      { what: 'at another', copy: 1, sizeBytes: 100 },
      { what: 'at the copy that wrote', copy: 0, sizeBytes: 11 * MIB + 1 },
      { what: 'at another', copy: 1, sizeBytes: 11 * MIB + 1 },
    ])('$sizeBytes bytes by PATCH, and PUT $what', async ({ copy, sizeBytes }) => {
      const bytes = randomBytes(sizeBytes);
      const location = await begin();
      expect((await send('PATCH', location, { body: bytes })).status).toBe(202);
      const key = uploadOf(location)?.key;
      const url = `${location}?digest=${digestOf(bytes)}`;
      expect((await send('PUT', url, { copy })).status).toBe(201);
      expect((await send('PUT', url, { copy })).status).toBe(201);
      expect(berth.facts.blobs.get(digestOf(bytes))?.key).toBe(key);
      await expectStored(bytes);
    });

    test('an empty blob, and one that comes whole with its PUT', async () => {
      for (const bytes of [Buffer.alloc(0), randomBytes(6 * MIB)]) {
        const url = `${await begin()}?digest=${digestOf(bytes)}`;
        expect((await send('PUT', url, bytes.length === 0 ? {} : { body: bytes })).status).toBe(201);
        await expectStored(bytes);
      }
    });

    test.each([{ sizeBytes: 10 }, { sizeBytes: 7 * MIB }, { sizeBytes: 40 * MIB + 7 }])(
      '$sizeBytes bytes go on at a second copy and end at a third',
      async ({ sizeBytes }) => {
        const bytes = randomBytes(sizeBytes + 6 * MIB);
        const location = await begin();
        const [first, second] = [bytes.subarray(0, sizeBytes), bytes.subarray(sizeBytes)];
        expect((await send('PATCH', location, { body: first, start: 0 })).status).toBe(202);
        const key = uploadOf(location)?.key;
        const patched = await send('PATCH', location, { body: second, start: sizeBytes, copy: 1 });
        expect([patched.status, patched.headers.get('range')]).toEqual([202, `0-${bytes.length - 1}`]);
        expect(uploadOf(location)?.key).not.toBe(key);
        expect((await send('PUT', `${location}?digest=${digestOf(bytes)}`, { copy: 2 })).status).toBe(201);
        await expectStored(bytes);
      },
    );

    test('a digest that nobody computed is computed from what is stored, and a wrong one refused', async () => {
      const bytes = randomBytes(6 * MIB);
      const location = await begin();
      await send('PATCH', location, { body: bytes });
      const wrong = `${location}?digest=${digestOf(Buffer.from('other'), 'sha512')}`;
      expect((await send('PUT', wrong, { copy: 1 })).status).toBe(400);
      const right = digestOf(bytes, 'sha512');
      expect((await send('PUT', `${location}?digest=${right}`, { copy: 0 })).status).toBe(201);
      const answer = await send('GET', `/v2/${NAME}/blobs/${right}`);
      expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digestOf(bytes));
    });

    test('a long body is recorded on the way, and goes on elsewhere when its copy is cut off', async () => {
      const bytes = randomBytes(20 * MIB);
      const location = await begin();
      expect((await send('PATCH', location, { body: bytes.subarray(0, 10), start: 0 })).status).toBe(202);
      const socket = openPatch(location, { start: 10, end: bytes.length });
      let sent = 10;
      await waitUntil(
        async () => {
          if (sent < 12 * MIB) {
            socket.write(bytes.subarray(sent, sent + 256 * 1024));
            sent += 256 * 1024;
          } else socket.write(bytes.subarray(sent, ++sent));
          return (uploadOf(location)?.sizeBytes ?? 0) > 6 * MIB;
        },
        { timeoutMs: 30_000, what: 'a checkpoint' },
      );
      const key = uploadOf(location)?.key;
      // As kill -9 would leave it: nothing more comes, and the claim runs out. What the copy had begun to record may come yet.
      socket.pause();
      await waitUntil(async () => {
        const upload = uploadOf(location);
        if (upload) Object.assign(upload, { isLeased: false, isLapsed: true, version: upload.version + 1 });
        const start = upload?.sizeBytes ?? 0;
        return (
          (await send('PATCH', location, { body: bytes.subarray(start), start, copy: 1 })).status === 202
        );
      });
      socket.destroy();
      expect(uploadOf(location)?.key).not.toBe(key);
      expect((await send('PUT', `${location}?digest=${digestOf(bytes)}`, { copy: 1 })).status).toBe(201);
      await expectStored(bytes);
    });

    test('a writer that lost its claim ends, and spoils nothing', async () => {
      const bytes = randomBytes(16 * MIB);
      const location = await begin();
      expect((await send('PATCH', location, { body: bytes.subarray(0, 6 * MIB), start: 0 })).status).toBe(
        202,
      );
      const socket = openPatch(location, { start: 6 * MIB, end: bytes.length });
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk;
      });
      await waitUntil(() => uploadOf(location)?.isLeased);
      const upload = uploadOf(location);
      if (upload) Object.assign(upload, { isLeased: false, isLapsed: true, version: upload.version + 1 });
      const other = await send('PATCH', location, { body: bytes.subarray(6 * MIB), start: 6 * MIB, copy: 1 });
      expect(other.status).toBe(202);
      for (let at = 6 * MIB; at < bytes.length; at += MIB) socket.write(bytes.subarray(at, at + MIB));
      // Its connection ends when the claim is renewed in vain; else it is told where the upload stands.
      await waitUntil(() => socket.closed || said !== '', { what: 'the end of the late writer' });
      expect(said).toMatch(/^$|^HTTP\/1\.1 416/);
      socket.destroy();
      expect((await send('PUT', `${location}?digest=${digestOf(bytes)}`, { copy: 1 })).status).toBe(201);
      await expectStored(bytes);
    });

    test('a cancelled upload leaves nothing', async () => {
      const location = await begin();
      await send('PATCH', location, { body: randomBytes(11 * MIB) });
      const key = uploadOf(location)?.key ?? '';
      expect((await send('DELETE', location)).status).toBe(204);
      const store = await openBlobStore({ url: s3.storageUrl('p') });
      for await (const listed of store.list()) expect(listed.key).not.toBe(key);
      for await (const left of store.listUnfinished({ startedBefore: new Date(Date.now() + 60_000) }))
        expect(left.key).not.toBe(key);
      await store.close();
    });

    /** The head of a PATCH by hand. */
    function openPatch(location: string, { start, end }: { readonly start: number; readonly end: number }) {
      const { hostname, port, host } = new URL(berth.origins[0] ?? '');
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      const head = [
        `PATCH ${location} HTTP/1.1`,
        `Host: ${host}`,
        `Authorization: Bearer ${token}`,
        `Content-Range: ${start}-${end - 1}`,
        `Content-Length: ${end - start}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      return socket;
    }
  },
);

(hasS3() ? describe : describe.skip)('downloads from S3', () => {
  let s3: TestS3;
  const bytes = randomBytes(100_000);

  beforeAll(async () => {
    s3 = await startS3();
    Object.assign(process.env, s3.credentials);
  });
  afterAll(() => s3?.stop());

  test.each([
    { redirect: 'auto', parameters: {}, status: 200 },
    { redirect: 'auto', parameters: { publicEndpoint: 'http://localhost' }, status: 307 },
    { redirect: 'auto', parameters: { publicEndpoint: 'http://127.0.0.1' }, status: 200 },
    { redirect: 'always', parameters: {}, status: 307 },
    { redirect: 'never', parameters: { publicEndpoint: 'http://localhost' }, status: 200 },
  ])(
    'by $redirect with $parameters: $status, a HEAD never elsewhere',
    async ({ redirect, parameters, status }) => {
      const ported = Object.entries(parameters).map(([name, origin]) => [name, `${origin}:${s3.port}`]);
      const prefix = randomUUID();
      const berth = await startFixture({
        copies: 2,
        env: {
          BERTH_STORAGE_URL: s3.storageUrl(prefix, Object.fromEntries(ported)),
          BERTH_STORAGE_REDIRECT: redirect,
        },
      });
      try {
        const token = await berth.token('ann', [repositoryScope(NAME, 'pull', 'push')]);
        const headers = { authorization: `Bearer ${token}` };
        const push = `${berth.origins[0]}/v2/${NAME}/blobs/uploads/?digest=${digestOf(bytes)}`;
        expect((await fetch(push, { method: 'POST', headers, body: bytes })).status).toBe(201);
        const url = `${berth.origins[0]}/v2/${NAME}/blobs/${digestOf(bytes)}`;
        const answer = await fetch(url, { headers, redirect: 'manual' });
        expect(answer.status).toBe(status);
        expect(answer.headers.get('docker-content-digest')).toBe(digestOf(bytes));
        const follow = status === 307 ? (answer.headers.get('location') ?? '') : url;
        const part = await fetch(follow, {
          headers: { range: 'bytes=10-99', ...(status === 200 && headers) },
        });
        expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-99/100000']);
        expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 100));
        const head = await fetch(url, { method: 'HEAD', headers, redirect: 'manual' });
        expect([head.status, head.headers.get('content-length')]).toEqual([200, '100000']);
        const small = bytes.subarray(0, 1_000);
        const pushSmall = `${berth.origins[0]}/v2/${NAME}/blobs/uploads/?digest=${digestOf(small)}`;
        expect((await fetch(pushSmall, { method: 'POST', headers, body: small })).status).toBe(201);
        const smallUrl = `${berth.origins[0]}/v2/${NAME}/blobs/${digestOf(small)}`;
        for (const [range, status, from, to] of [
          ['', 200, 0, 1_000],
          ['bytes=10-99', 206, 10, 100],
        ] as const) {
          const given = await fetch(smallUrl, { headers: { ...headers, range }, redirect: 'manual' });
          if (redirect === 'always') {
            expect(given.status).toBe(307);
            continue;
          }
          expect([given.status, given.headers.get('content-length')]).toEqual([status, String(to - from)]);
          expect(Buffer.from(await given.arrayBuffer())).toEqual(small.subarray(from, to));
        }
        // Bytes that are gone are no reason to keep clients from where they may be.
        const store = await openBlobStore({ url: s3.storageUrl(prefix) });
        await store.remove(berth.facts.blobs.get(digestOf(small))?.key ?? '');
        await store.close();
        const elsewhere = smallUrl.replace(berth.origins[0] ?? '', berth.origins[1] ?? '');
        const gone = await fetch(elsewhere, { headers, redirect: 'manual' });
        expect(gone.status).toBe(status === 307 ? 307 : 500);
      } finally {
        await berth.stop();
      }
    },
  );
});
