import type { BenchTarget } from './target.ts';

/** Berth as it is shipped: gateway, services and nats-server, everything on. */
export async function startBerthTarget(
  _folder: string,
  running: { readonly origin: string; readonly password: string } | null,
): Promise<BenchTarget> {
  if (running === null) throw new Error('not yet');
  return {
    name: 'Berth',
    origin: running.origin,
    pagesTags: true,
    credential: { username: 'admin', password: running.password },
    processes: async () => [],
    stop: async () => {},
  };
}
