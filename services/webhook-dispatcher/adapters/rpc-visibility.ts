import type { RpcCaller } from '@berth/bus';
import { isServiceError, lookupRegistries } from '@berth/contracts';
import type { Clock } from '@berth/runtime';
import type { VisibilityOf } from '../ports.ts';

const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;
const TIMEOUT_MS = 1_000;

/** Asks metadata, and remembers its answers for a minute. A registry that is gone, or a metadata that is away: private. */
export function createRpcVisibility(caller: RpcCaller, clock: Clock): VisibilityOf {
  const known = new Map<string, { readonly visibility: 'private' | 'public'; readonly until: number }>();
  return async (registryId) => {
    const remembered = known.get(registryId);
    if (remembered !== undefined && remembered.until > clock()) return remembered.visibility;
    try {
      const { registries } = await caller.call(
        lookupRegistries,
        { ids: [registryId] },
        { timeoutMs: TIMEOUT_MS },
      );
      const visibility = registries[0]?.visibility ?? 'private';
      if (known.size >= MOST_REMEMBERED) known.clear();
      known.set(registryId, { visibility, until: clock() + REMEMBERED_MS });
      return visibility;
    } catch (error) {
      if (!isServiceError(error)) throw error;
      return remembered?.visibility ?? 'private';
    }
  };
}
