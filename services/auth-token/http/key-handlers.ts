import { ACCESS_ROUTES, KeyCreation, KeyPatch, type KeyResource } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import {
  bodyReader,
  etag,
  formatPath,
  patchReader,
  queryReader,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import { createKey } from '../access-keys/create-key.ts';
import { deleteKey } from '../access-keys/delete-key.ts';
import { listKeys, ownerIdOf, requireKey } from '../access-keys/find-key.ts';
import { updateKey } from '../access-keys/update-key.ts';
import type { AccessService } from '../access-service.ts';
import type { AccessKey } from '../documents/access-key.ts';
import { MAX_BODY, type ManagementExchange, NO_STORE, originOf, parseExpiry } from './exchange-parts.ts';

/** `/access/keys`: one's own. */
export function keyHandlers({ facts, lastUses }: AccessService) {
  const readQuery = queryReader(ACCESS_ROUTES.listKeys.query);
  const readCreation = bodyReader(KeyCreation, MAX_BODY);
  const readPatch = patchReader(KeyPatch, MAX_BODY);

  async function viewKeys(keys: readonly (AccessKey & Stored)[]): Promise<KeyResource[]> {
    const uses = await lastUses.read(keys.map(({ id }) => id));
    return keys.map((key, place) => viewKey(key, uses[place] ?? null));
  }
  async function resourceOf(key: AccessKey & Stored) {
    const [body] = await viewKeys([key]);
    return { tag: etag(key.version, body), body, headers: NO_STORE };
  }

  return {
    async listKeys({ query, response, identity }: ManagementExchange) {
      const page = readQuery(query);
      const ownerId = await ownerIdOf(facts, identity.principal);
      const { items, next } = await listKeys(facts, { ...page, ownerId });
      sendJson(response, 200, { items: await viewKeys(items), next }, NO_STORE);
    },
    async createKey(exchange: ManagementExchange) {
      const { description = '', expiresAt } = await readCreation(exchange.request);
      const { key, secret } = await createKey(facts, {
        principal: exchange.identity.principal,
        settings: { description, ...parseExpiry(expiresAt, facts.clock()) },
        origin: originOf(exchange),
      });
      const { tag, body } = await resourceOf(key);
      const Location = formatPath(ACCESS_ROUTES.getKey.pattern, { id: key.id });
      const headers = { ...NO_STORE, Location };
      sendResource(exchange, { status: 201, tag, body: { ...body, secret }, headers });
    },
    async getKey(exchange: ManagementExchange) {
      const ownerId = await ownerIdOf(facts, exchange.identity.principal);
      sendResource(
        exchange,
        await resourceOf(await requireKey(facts, { id: exchange.params.id ?? '', ownerId })),
      );
    },
    async updateKey(exchange: ManagementExchange) {
      const { request, params, identity } = exchange;
      const key = await updateKey(facts, {
        id: params.id ?? '',
        principal: identity.principal,
        patch: (current) => readPatch(request, current),
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendResource(exchange, await resourceOf(key));
    },
    async deleteKey(exchange: ManagementExchange) {
      const { request, response, params, identity } = exchange;
      await deleteKey(facts, {
        id: params.id ?? '',
        principal: identity.principal,
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendEmpty(response, 204);
    },
  };
}

function viewKey(key: AccessKey & Stored, lastUsedAt: string | null): KeyResource {
  const { id, description, enabled, expiresAt = null, createdAt, updatedAt, createdBy } = key;
  return { id, description, enabled, expiresAt, lastUsedAt, createdAt, updatedAt, createdBy };
}
