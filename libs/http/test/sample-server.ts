import { connect } from 'node:net';
import {
  createLifecycle,
  createMetrics,
  type LogFields,
  type Logger,
  type OwnedLifecycle,
  silentLogger,
} from '@berth/runtime';
import {
  type BoundRoute,
  HttpError,
  type HttpServerOptions,
  pathExpression,
  problemRenderer,
  startHttpServer,
} from '../index.ts';

export interface Sample {
  readonly url: string;
  readonly port: number;
  readonly life: OwnedLifecycle;
  readonly logged: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  /** Sends bytes as they are and resolves with all that came back until the connection ended. */
  raw(text: string): Promise<string>;
}

export type SampleRoute = BoundRoute<string, string>;

/** A GET route of a fixed path unless `rest` says otherwise. */
export function sampleRoute(
  pattern: string,
  handle: SampleRoute['handle'],
  rest: Partial<SampleRoute> = {},
): SampleRoute {
  return {
    id: pattern,
    method: 'GET',
    pattern,
    expression: pathExpression(pattern),
    action: 'public',
    handle,
    ...rest,
  };
}

/** A server on loopback whose `authorize` lets `public` pass and else wants `Authorization: yes`. */
export async function startSample(
  routes: readonly SampleRoute[],
  options: Partial<HttpServerOptions<string, string>> = {},
): Promise<Sample> {
  const logged: Sample['logged'] = [];
  const log =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void logged.push({ level, message, fields });
  const logger: Logger = { ...silentLogger, warn: log('warn'), error: log('error') };
  const life = createLifecycle({ logger, metrics: createMetrics('sample', { withProcess: false }) });
  const { port } = await startHttpServer<string, string>({
    host: '127.0.0.1',
    port: 0,
    routes,
    trustedProxies: ['127.0.0.1'],
    renderError: problemRenderer(),
    authorize: (action, { request }) => {
      if (action !== 'public' && request.headers.authorization !== 'yes')
        throw new HttpError(401, 'UNAUTHORIZED', 'say yes');
      return action;
    },
    life,
    ...options,
  });
  return { url: `http://127.0.0.1:${port}`, port, life, logged, raw: (text) => exchangeRaw(port, text) };
}

function exchangeRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
