import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Listen } from './choose-listen.ts';
import { askAll, type Part } from './readiness.ts';
import { StartError } from './start-error.ts';

const READY_MS = 60_000;

/** Resolves when every copy is ready. StartError NOT_READY names those that are not in time. */
export async function waitReady(parts: readonly Part[], signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const { isComplete, checks } = await askAll(parts);
    if (isComplete) return;
    if (performance.now() > until) {
      const missing = Object.entries(checks).filter(([, state]) => state !== 'ok');
      const list = missing.map(([name, state]) => `${name} (${state})`).join(', ');
      throw new StartError('NOT_READY', `not ready within ${READY_MS / 1_000} s: ${list}`);
    }
    await pause(50, undefined, { signal });
  }
}

/** Resolves when somebody takes connections there. StartError NOT_READY. */
export async function waitForConnections(what: string, listen: Listen, signal: AbortSignal): Promise<void> {
  const until = performance.now() + READY_MS;
  while (!(await takesConnections(listen))) {
    if (performance.now() > until)
      throw new StartError('NOT_READY', `${what} takes no connections within ${READY_MS / 1_000} s`);
    await pause(20, undefined, { signal });
  }
}

function takesConnections({ host, port }: Listen): Promise<boolean> {
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new Promise((resolve) => {
    const socket = connect(port, target);
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy(void resolve(true)));
  });
}
