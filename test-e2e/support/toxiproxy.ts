import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { startServerProcess, waitForHttp } from './server-process.ts';

/** A disturbance of a connection (github.com/Shopify/toxiproxy, "Toxics"). */
export interface Toxic {
  readonly type: 'latency' | 'timeout' | 'reset_peer' | 'limit_data' | 'bandwidth';
  readonly attributes: Readonly<Record<string, number>>;
}

export type ToxicStream = 'upstream' | 'downstream';

/** A way to one server that can be disturbed. */
export interface ToxicProxy {
  readonly port: number;
  /** Disturbs, until `heal`, what comes back from the server, what goes there, or both: by default both with a time-out, else the first. */
  disturb(toxic: Toxic, streams?: readonly ToxicStream[]): Promise<void>;
  /** Ends all connections and takes no new ones until `heal`. */
  cut(): Promise<void>;
  heal(): Promise<void>;
}

export interface Toxiproxy {
  /** A proxy in front of a port of loopback. */
  proxy(name: string, port: number): Promise<ToxicProxy>;
  stop(): Promise<void>;
}

export async function startToxiproxy(): Promise<Toxiproxy> {
  const port = await freePort();
  const api = `http://127.0.0.1:${port}`;
  const server = startServerProcess(
    findProgram('toxiproxy-server'),
    ['-host', '127.0.0.1', '-port', String(port)],
    { env: { PATH: '/usr/bin:/bin', LOG_LEVEL: 'error' } },
  );
  await waitForHttp(server, `${api}/version`);

  async function call(method: string, path: string, body?: object): Promise<void> {
    // It refuses what looks like a browser.
    const headers = { 'user-agent': 'berth-test', 'content-type': 'application/json' };
    const answer = await fetch(api + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`toxiproxy: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }

  return {
    async proxy(name, upstream) {
      const listen = await freePort();
      const address = { listen: `127.0.0.1:${listen}`, upstream: `127.0.0.1:${upstream}` };
      await call('POST', '/proxies', { name, ...address, enabled: true });
      return {
        port: listen,
        async disturb({ type, attributes }, streams) {
          const byDefault: ToxicStream[] = type === 'timeout' ? ['upstream', 'downstream'] : ['downstream'];
          for (const stream of streams ?? byDefault)
            await call('POST', `/proxies/${name}/toxics`, {
              name: stream,
              type,
              stream,
              toxicity: 1,
              attributes,
            });
        },
        cut: () => call('POST', `/proxies/${name}`, { enabled: false }),
        async heal() {
          for (const stream of ['upstream', 'downstream'])
            await call('DELETE', `/proxies/${name}/toxics/${stream}`).catch(() => undefined);
          await call('POST', `/proxies/${name}`, { enabled: true });
        },
      };
    },
    async stop() {
      await server.stop();
    },
  };
}
