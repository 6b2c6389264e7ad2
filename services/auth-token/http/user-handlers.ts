import { ACCESS_ROUTES, UserCreation, UserPatch, type UserResource } from '@berth/contracts';
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
import type { AccessService } from '../access-service.ts';
import type { User } from '../documents/account.ts';
import { createUser } from '../users/create-user.ts';
import { deleteUser } from '../users/delete-user.ts';
import { requireUser } from '../users/find-account.ts';
import { listUsers } from '../users/list-users.ts';
import { updateUser } from '../users/update-user.ts';
import { MAX_BODY, type ManagementExchange, NO_STORE, originOf } from './exchange-parts.ts';

/** `/access/users`. */
export function userHandlers({ facts, hasher, lastUses }: AccessService) {
  const readQuery = queryReader(ACCESS_ROUTES.listUsers.query);
  const readCreation = bodyReader(UserCreation, MAX_BODY);
  const readPatch = patchReader(UserPatch, MAX_BODY);

  async function viewUsers(users: readonly (User & Stored)[]): Promise<UserResource[]> {
    const logins = await lastUses.read(users.map(({ id }) => id));
    return users.map((user, place) => viewUser(user, logins[place] ?? null));
  }
  async function resourceOf(user: User & Stored) {
    const [body] = await viewUsers([user]);
    return { tag: etag(user.version, body), body, headers: NO_STORE };
  }

  return {
    async listUsers({ query, response }: ManagementExchange) {
      const { items, next } = await listUsers(facts, readQuery(query));
      sendJson(response, 200, { items: await viewUsers(items), next }, NO_STORE);
    },
    async createUser(exchange: ManagementExchange) {
      const user = await createUser(facts, hasher, {
        user: await readCreation(exchange.request),
        origin: originOf(exchange),
      });
      const Location = formatPath(ACCESS_ROUTES.getUser.pattern, { username: user.username });
      const resource = await resourceOf(user);
      sendResource(exchange, { ...resource, status: 201, headers: { ...NO_STORE, Location } });
    },
    async getUser(exchange: ManagementExchange) {
      const user = await requireUser(facts, exchange.params.username ?? '');
      sendResource(exchange, await resourceOf(user));
    },
    async updateUser(exchange: ManagementExchange) {
      const { request, params } = exchange;
      const user = await updateUser(facts, hasher, {
        username: params.username ?? '',
        patch: (current) => readPatch(request, current),
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendResource(exchange, await resourceOf(user));
    },
    async deleteUser(exchange: ManagementExchange) {
      const { request, response, params } = exchange;
      await deleteUser(facts, {
        username: params.username ?? '',
        origin: originOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendEmpty(response, 204);
    },
  };
}

function viewUser(user: User & Stored, lastLoginAt: string | null): UserResource {
  const { id, username, admin, disabled, groups, createdAt, updatedAt, createdBy } = user;
  return { id, username, admin, disabled, groups, lastLoginAt, createdAt, updatedAt, createdBy };
}
