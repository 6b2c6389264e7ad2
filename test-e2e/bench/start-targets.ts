import { join } from 'node:path';
import { startPeerRegistry } from '../support/peer-registry.ts';
import { startBerthTarget } from './berth-target.ts';
import type { BenchOptions, TargetName } from './options.ts';
import type { BenchTarget } from './target.ts';

/** Starts a registry to be measured, with its data below `folder`. */
export function startTarget(name: TargetName, folder: string, options: BenchOptions): Promise<BenchTarget> {
  switch (name) {
    case 'berth':
      return startBerthTarget(options.berth);
    case 'distribution':
      return startPeer('Distribution 3.1.1', 'registry', join(folder, name));
    case 'docker-registry':
      return startPeer('docker-registry 2.8.2', 'docker-registry', join(folder, name));
  }
}

async function startPeer(
  name: string,
  program: 'registry' | 'docker-registry',
  folder: string,
): Promise<BenchTarget> {
  const { origin, server } = await startPeerRegistry(program, folder);
  return {
    name,
    origin,
    pagesTags: program === 'registry',
    processes: async () => [{ name: 'server', pid: server.pid }],
    stop: () => server.stop(),
  };
}
