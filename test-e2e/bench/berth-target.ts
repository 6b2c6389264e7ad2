import { basic, startBerthProduct } from '../support/berth-product.ts';
import type { BenchTarget } from './target.ts';

const NAMES = { name: 'Berth', pagesTags: true } as const;

/** Berth as it is shipped: gateway, services and nats-server, everything on. One that runs already is taken as it is. */
export async function startBerthTarget(
  running: { readonly origin: string; readonly password: string } | null,
  env: Readonly<Record<string, string>>,
): Promise<BenchTarget> {
  if (running !== null) {
    const { origin, password } = running;
    await createBenchRegistry(origin, password);
    return {
      ...NAMES,
      origin,
      credential: { username: 'admin', password },
      processes: async () => [],
      stop: async () => {},
    };
  }
  const product = await startBerthProduct({ env });
  await createBenchRegistry(product.origin, product.password);
  return {
    ...NAMES,
    origin: product.origin,
    credential: { username: 'admin', password: product.password },
    async processes() {
      const children = await product.processes();
      const supervisor = { name: 'supervisor', pid: product.berth.pid };
      return [...children.map(({ name, pid }) => ({ name, pid })), supervisor];
    },
    stop: () => product.stop(),
  };
}

async function createBenchRegistry(origin: string, password: string): Promise<void> {
  const answer = await fetch(`${origin}/api/v1/registries`, {
    method: 'POST',
    headers: { authorization: basic('admin', password), 'content-type': 'application/json' },
    body: '{"name":"bench"}',
  });
  // 409: it is there from an earlier run.
  if (answer.status !== 201 && answer.status !== 409) {
    throw new Error(`cannot create the registry bench: ${answer.status} ${await answer.text()}`);
  }
}
