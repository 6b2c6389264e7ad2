import type { RpcCaller } from '@berth/bus';
import { lookupRegistries } from '@berth/contracts';
import type { RegistryDirectory } from '../ports.ts';

const MAX_NAME_LENGTH = 255;

/** Asks metadata. Names that no registry can have are not asked for. */
export function createRpcRegistryDirectory(caller: RpcCaller): RegistryDirectory {
  return {
    async lookup(names) {
      const possible = names.filter((name) => name.length <= MAX_NAME_LENGTH);
      if (possible.length === 0) return [];
      return (await caller.call(lookupRegistries, { names: possible })).registries;
    },
  };
}
