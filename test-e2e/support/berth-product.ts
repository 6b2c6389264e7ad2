import type { E2eTarget } from './e2e-target.ts';
export async function startBerthProduct(): Promise<E2eTarget> {
  throw new Error('not yet');
}
