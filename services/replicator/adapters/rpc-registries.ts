import type { RpcCaller } from '@berth/bus';
import { listRepositories, lookupRegistries } from '@berth/contracts';
import type { LocalRegistries } from '../ports.ts';

const PAGE = 500;

/** Images as metadata has them. */
export function createRpcRegistries(caller: RpcCaller): LocalRegistries {
  return {
    async exists(registryId) {
      const { registries } = await caller.call(lookupRegistries, { ids: [registryId] });
      return registries.some(({ state }) => state === 'active');
    },
    async *images({ id, name }) {
      const prefix = `${name}/`;
      let last = prefix;
      for (;;) {
        const page = await caller.call(listRepositories, {
          ...{ all: false, registryIds: [id], last, limit: PAGE },
        });
        for (const repository of page.names) {
          if (!repository.startsWith(prefix)) return; // public ones of others come after
          yield repository.slice(prefix.length);
          last = repository;
        }
        if (!page.hasMore || page.names.length === 0) return;
      }
    },
  };
}
