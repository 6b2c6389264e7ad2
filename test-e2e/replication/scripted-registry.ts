import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@berth/oci';
import type { BuiltManifest } from '@berth/registry-client/testing';

export interface AskedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly atMs: number;
}

/** A registry in memory that wants a login by Basic, and that a test has misbehave. */
export interface ScriptedRegistry {
  readonly port: number;
  readonly asked: readonly AskedRequest[];
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly manifests: ReadonlyMap<string, { readonly bytes: Buffer; readonly mediaType: string }>;
  /** Holds an image under a tag. */
  hold(tag: string, manifest: BuiltManifest): void;
  /** Answers in its place while it gives true; null for good conduct. */
  misbehave(how: ((request: IncomingMessage, response: ServerResponse) => boolean) | null): void;
  close(): Promise<void>;
}

export async function startScriptedRegistry(): Promise<ScriptedRegistry> {
  const asked: AskedRequest[] = [];
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  const uploads = new Map<string, Buffer>();
  let misbehaviour: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;

  function send(
    response: ServerResponse,
    bytes: Buffer | undefined,
    mediaType: string,
    isHead: boolean,
  ): void {
    if (bytes === undefined) return void response.writeHead(404).end();
    const headers = { 'content-type': mediaType, 'content-length': bytes.length };
    const digest = mediaType.includes('json') ? { 'docker-content-digest': digestOf(bytes) } : {};
    response.writeHead(200, { ...headers, ...digest }).end(isHead ? undefined : bytes);
  }

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://registry');
    const [, kind = '', name = ''] =
      /\/(manifests|blobs|referrers|tags|uploads)\/([^/]+)$/.exec(pathname) ?? [];
    const isHead = method === 'HEAD';
    if (pathname === '/v2/') return void response.writeHead(200).end();
    if (kind === 'tags') {
      const tags = [...manifests.keys()].filter((key) => !key.includes(':'));
      return void send(
        response,
        Buffer.from(JSON.stringify({ name: 'acme/web', tags })),
        'application/json',
        false,
      );
    }
    if (kind === 'manifests' && method === 'PUT') {
      const mediaType = request.headers['content-type'] ?? '';
      for (const key of [name, digestOf(body)])
        manifests.set(decodeURIComponent(key), { bytes: body, mediaType });
      return void response.writeHead(201, { 'docker-content-digest': digestOf(body) }).end();
    }
    if (kind === 'manifests') {
      const found = manifests.get(decodeURIComponent(name));
      return void send(response, found?.bytes, found?.mediaType ?? '', isHead);
    }
    if (method === 'POST') {
      const id = `upload-${uploads.size}`;
      uploads.set(id, Buffer.alloc(0));
      return void response.writeHead(202, { location: `/v2/acme/web/blobs/uploads/${id}` }).end();
    }
    if (kind === 'uploads') {
      const stored = Buffer.concat([uploads.get(name) ?? Buffer.alloc(0), body]);
      uploads.set(name, stored);
      if (method === 'PATCH') return void response.writeHead(202, { location: pathname }).end();
      const digest = digestOf(stored);
      if (digest !== searchParams.get('digest')) return void response.writeHead(400).end();
      blobs.set(digest, stored);
      return void response.writeHead(201).end();
    }
    if (kind === 'blobs')
      return void send(response, blobs.get(decodeURIComponent(name)), 'application/octet-stream', isHead);
    response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const { host = '', authorization } = headers;
    asked.push({ method, host, path: url, authorization, atMs: Date.now() });
    if (misbehaviour?.(request, response)) return void request.resume();
    if (authorization === undefined) {
      request.resume();
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="scripted"' }).end();
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ...{ asked, blobs, manifests },
    hold(tag, manifest) {
      for (const blob of manifest.blobs) blobs.set(digestOf(blob), blob);
      for (const key of [tag, manifest.digest]) manifests.set(key, manifest);
    },
    misbehave(how) {
      misbehaviour = how;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
