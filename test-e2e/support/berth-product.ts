import { startBerth, type TestBerth, waitUntil } from '@berth/testing';
import type { E2eTarget } from './e2e-target.ts';
import { freePort } from './free-port.ts';

/** One process of a running start. */
export interface ProductProcess {
  /** `gateway`, `nats-server`, `metadata`, `distribution-api-2` */
  readonly name: string;
  readonly pid: number;
  /** Of 127.0.0.1; services answer /metrics, /healthz and /readyz there. */
  readonly port: number;
  /** How often it ended by itself. */
  readonly deaths: number;
}

export interface ProductOptions {
  /** Default: a temporary one, removed by `stop`. */
  readonly dataFolder?: string;
  /** Default: a free port; a restart wants the same. */
  readonly port?: number;
  /** Further settings: `{BERTH_SCALE: 'distribution-api=2'}`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A whole Berth, as `npm start` makes it: gateway, services, nats-server. */
export interface BerthProduct extends E2eTarget {
  /** `http://127.0.0.1:5000` */
  readonly origin: string;
  readonly port: number;
  readonly berth: TestBerth;
  /** Those that run now. */
  processes(): Promise<readonly ProductProcess[]>;
  /** The one process of that name. */
  process(name: string): Promise<ProductProcess>;
  /** Waits until `/readyz` of the gateway says 200 (again). */
  waitReady(timeoutMs?: number): Promise<void>;
}

/** Starts Berth and resolves when it is ready; rejects with what it printed when it does not become so. */
export async function startBerthProduct(options: ProductOptions = {}): Promise<BerthProduct> {
  const port = options.port ?? (await freePort());
  const env = { BERTH_LISTEN: `127.0.0.1:${port}`, ...options.env };
  const { dataFolder } = options;
  const berth = await startBerth({ env, ...(dataFolder !== undefined && { dataFolder }) });
  const processes = async (): Promise<ProductProcess[]> =>
    (await berth.processes()).flatMap(({ name, pid, port: own, deaths }) =>
      pid === null || own === null ? [] : [{ name, pid, port: own, deaths }],
    );
  const authorization = basic('admin', berth.adminPassword);
  return {
    berth,
    port,
    origin: berth.url,
    host: berth.host,
    username: 'admin',
    password: berth.adminPassword,
    processes,
    async process(name) {
      const found = (await processes()).find((candidate) => candidate.name === name);
      if (found === undefined) throw new Error(`no process ${name} runs`);
      return found;
    },
    async waitReady(timeoutMs = 60_000) {
      const ask = async (): Promise<boolean> => (await fetch(`${berth.url}/readyz`)).status === 200;
      await waitUntil(ask, { timeoutMs, what: 'a ready Berth' }).catch((error) => {
        throw new Error(`${error.message}; it printed:\n${berth.output()}`, { cause: error });
      });
    },
    async createRegistry(name) {
      const answer = await fetch(`${berth.url}/api/v1/registries`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      });
      if (answer.status !== 201) throw new Error(`registry ${name}: ${answer.status} ${await answer.text()}`);
    },
    async stop() {
      await berth.stop();
    },
  };
}

/** The value of an `Authorization: Basic` header. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
