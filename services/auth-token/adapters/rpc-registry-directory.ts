import type { RpcCaller } from '@berth/bus';
import { lookupRegistries } from '@berth/contracts';
import type { RegistryDirectory } from '../ports.ts';

const MAX_NAME_LENGTH = 255;

/** Asks metadata. Names and ids that no registry can have are not asked for. */
export function createRpcRegistryDirectory(caller: RpcCaller): RegistryDirectory {
  const possible = (texts: readonly string[]) => texts.filter((text) => text.length <= MAX_NAME_LENGTH);
  return {
    async lookup(names) {
      const asked = possible(names);
      if (asked.length === 0) return [];
      return (await caller.call(lookupRegistries, { names: asked })).registries;
    },
    async lookupIds(ids) {
      const asked = possible([...new Set(ids)]);
      if (asked.length === 0) return [];
      return (await caller.call(lookupRegistries, { ids: asked })).registries;
    },
  };
}
