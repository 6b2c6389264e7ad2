import type { Origin } from '../events.ts';
import type { Facts } from '../facts.ts';
import { removeGrantsIn } from '../grants/remove-grants.ts';
import { removeRobot } from './delete-robot.ts';

const PAGE = 200;

/** Removes the robots of a registry that is gone, and all grants in it. May be done again. */
export async function removeRegistry(
  facts: Facts,
  registry: { readonly id: string; readonly name: string },
  origin: Origin,
): Promise<void> {
  for (;;) {
    const { items, next } = await facts.accounts.page({
      index: 'byRegistry',
      equals: { registryId: registry.id },
      limit: PAGE,
    });
    for (const account of items) if (account.kind === 'robot') await removeRobot(facts, account, origin);
    if (next === null) break;
  }
  await removeGrantsIn(facts, registry, origin);
}
