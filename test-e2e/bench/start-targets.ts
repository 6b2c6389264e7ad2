import { join } from 'node:path';
import { type PeerStorage, startPeerRegistry } from '../support/peer-registry.ts';
import type { BackendServers } from './backend-servers.ts';
import { startBerthTarget } from './berth-target.ts';
import type { BenchOptions, TargetName } from './options.ts';
import type { BenchTarget } from './target.ts';

/** Starts a registry to be measured, with its data below `folder`. */
export function startTarget(
  name: TargetName,
  folder: string,
  { options, servers }: { readonly options: BenchOptions; readonly servers: BackendServers },
): Promise<BenchTarget> {
  switch (name) {
    case 'berth':
      return startBerthTarget(options.berth, servers.berthSettings);
    case 'distribution':
      return startPeer('Distribution 3.1.1', 'registry', join(folder, name), servers.peerStorage);
    case 'docker-registry':
      return startPeer('docker-registry 2.8.2', 'docker-registry', join(folder, name));
  }
}

async function startPeer(
  name: string,
  program: 'registry' | 'docker-registry',
  folder: string,
  storage?: PeerStorage,
): Promise<BenchTarget> {
  const { origin, server } = await startPeerRegistry(
    program,
    folder,
    storage === undefined ? {} : { storage },
  );
  return {
    name,
    origin,
    pagesTags: program === 'registry',
    processes: async () => [{ name: 'server', pid: server.pid }],
    stop: () => server.stop(),
  };
}
