import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChosen } from './backends.ts';
import type { E2eTarget } from './e2e-target.ts';
import { startPeerRegistry } from './peer-registry.ts';
import { settings } from './settings.ts';

/** Berth, or with BERTH_TEST_TARGET=distribution another registry, to tell a fault of a scenario from one of Berth. */
export async function startTarget(): Promise<E2eTarget> {
  if (settings.target === 'berth') {
    const { product, stop } = await startChosen();
    return { ...product, stop };
  }
  const folder = await mkdtemp(join(tmpdir(), 'berth-e2e-peer-'));
  const { origin, server } = await startPeerRegistry('registry', folder, { login: true });
  return {
    host: new URL(origin).host,
    username: 'admin',
    password: 'secret-of-the-run',
    createRegistry: async () => {},
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
