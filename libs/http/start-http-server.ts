import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lifecycle } from '@berth/runtime';
import express from 'express';
import { type Connections, watchConnections } from './connections.ts';
import { createDispatcher, type DispatcherOptions } from './dispatcher.ts';
import { createHealthPages } from './health-pages.ts';
import { HttpError } from './http-error.ts';
import { idleTurn } from './idle-turn.ts';
import { messageClasses } from './message-classes.ts';
import { trustedProxies } from './trusted-proxies.ts';

export interface HttpServerOptions<Action extends string, Identity>
  extends Omit<DispatcherOptions<Action, Identity>, 'proxies'> {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** CIDRs or addresses whose forwarded headers and request ids are believed. */
  readonly trustedProxies: readonly string[];
  /** A body or an answer that does not move for so long ends the connection. Default 120,000. */
  readonly idleTimeoutMs?: number;
  /** What is under way at shutdown may go on for so long. Default 6,000. */
  readonly drainMs?: number;
}

export interface HttpServer {
  readonly port: number;
  /** Takes no more, lets what is under way end, then cuts. Also done at shutdown. */
  close(): Promise<void>;
}

/** Longer than the gateway's 60 s, so that it never sends a request into a closing connection. */
const KEEP_ALIVE_MS = 90_000;
const HEADERS_MS = 30_000;
/** A connection that was kept ends after so long without a request; the gateway keeps it for 100 ms. */
const UNUSED_MS = 300;
const MAX_HEADER_BYTES = 32 * 1_024;

/**
 * Serves a table of routes, and `/healthz`, `/readyz` and `/metrics`, on one port. Uploads may take hours: there is no
 * limit for a whole request, one for its headers, and one for a body or an answer that stands still.
 *
 * @throws TypeError for a table that is not sound (createRouter); the errors of `listen`, such as EADDRINUSE
 */
export async function startHttpServer<Action extends string, Identity>(
  options: HttpServerOptions<Action, Identity>,
): Promise<HttpServer> {
  const { life, idleTimeoutMs = 120_000, drainMs = 6_000 } = options;
  const dispatch = createDispatcher({ ...options, proxies: trustedProxies(options.trustedProxies) });
  const healthPage = createHealthPages(life);
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  const running = new Map<Promise<void>, ServerResponse>();
  let movedAt = performance.now();
  let isLeaving = false;
  const track = (answer: Promise<void>, response: ServerResponse): Promise<void> => {
    movedAt = performance.now();
    const done: Promise<void> = answer.finally(() => {
      movedAt = performance.now();
      running.delete(done);
    });
    running.set(done, response);
    return done;
  };
  app.use((request, response) => {
    // Served as ever, but whoever keeps the connection is to ask another copy next.
    if (isLeaving) response.shouldKeepAlive = false;
    return healthPage(request, response) || track(dispatch(request, response), response);
  });

  const server = createServer({
    ...messageClasses(app),
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: 0,
    headersTimeout: HEADERS_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  server.timeout = idleTimeoutMs;
  const connections = watchConnections(server);
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    connections.note(response);
    response.on('timeout', cutStalled);
    app(request as express.Request, response as express.Response);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket, options));
  server.on('request', onRequest).on('checkContinue', onRequest);
  await listen(server, options);
  let closed: Promise<void> | undefined;
  const leave = (): void => {
    isLeaving = true;
    movedAt = performance.now();
    for (const response of running.values()) response.shouldKeepAlive = false;
  };
  const close = () => {
    closed ??= closeServer(server, { life, drainMs, connections, running, leave, movedAt: () => movedAt });
    return closed;
  };
  life.onShutdown('http server', close);
  const { port } = server.address() as AddressInfo;
  life.logger.info('listening', { host: options.host, port });
  return { port, close };
}

/** What Node cannot read as a request is told in the form of the API, as far as the client still listens. */
function refuseMalformed(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  { renderError }: Pick<DispatcherOptions<never, never>, 'renderError'>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isLong = error.code === 'HPE_HEADER_OVERFLOW';
  const [status, why] = isLong ? [431, 'its headers are too long'] : [400, 'it is malformed'];
  const unread = { url: '', headers: {} } as express.Request;
  const rendered = renderError(
    new HttpError(status, 'REQUEST_INVALID', `the request is refused: ${why}`),
    unread,
  );
  const body = JSON.stringify(rendered.body);
  const headers = {
    'Content-Type': 'application/json',
    ...rendered.headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'));
}

/** The socket was idle: the client's doing while a body is missing or an answer waits, else our own work takes long. */
function cutStalled(this: ServerResponse): void {
  const { req, socket } = this;
  const awaitsBody = !req.complete && req.readableLength === 0;
  if (awaitsBody || this.writableLength > 0) socket?.destroy();
  else socket?.setTimeout(socket.timeout ?? 0);
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

interface Draining {
  readonly life: Lifecycle;
  readonly drainMs: number;
  readonly connections: Connections;
  readonly running: ReadonlyMap<Promise<void>, unknown>;
  /** Has each answer from now on say that its connection ends. */
  readonly leave: () => void;
  /** When the last request came or was answered, by `performance.now()`. */
  readonly movedAt: () => number;
}

/**
 * Stops listening while kept connections carry what comes, so that hardly any is being made just then. Those stay: each ends with an answer that
 * says so, or unused after a while that is longer than the gateway keeps one. Waits for what is under way, cuts it after `drainMs`, and gives its
 * handlers a moment to note how far they came.
 */
async function closeServer(server: Server, limits: Draining): Promise<void> {
  await idleTurn(server);
  // Not the close of http.Server, which ends unused connections at once: the gateway may be using one.
  const ended = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  limits.leave();
  const sweep = setInterval(() => {
    if (performance.now() > limits.movedAt() + UNUSED_MS) limits.connections.closeUnused();
  }, 50);
  const cut = setTimeout(() => {
    limits.life.logger.warn('cut requests that were still under way');
    server.closeAllConnections();
  }, limits.drainMs);
  await ended;
  clearInterval(sweep);
  clearTimeout(cut);
  await Promise.race([
    Promise.allSettled(limits.running.keys()),
    pause(limits.drainMs / 3, null, { ref: false }),
  ]);
}
