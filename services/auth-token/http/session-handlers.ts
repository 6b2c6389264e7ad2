import {
  type MeResource,
  PasswordChange,
  type Principal,
  ServiceError,
  SessionCreation,
} from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import {
  bodyReader,
  etag,
  HttpError,
  parseAuthorization,
  sendEmpty,
  sendJson,
  sendResource,
  versionRequirement,
} from '@berth/http';
import { ownerIdOf } from '../access-keys/find-key.ts';
import type { AccessService } from '../access-service.ts';
import type { Account } from '../documents/account.ts';
import { endSession } from '../sessions/end-session.ts';
import { openSession } from '../sessions/open-session.ts';
import { changePassword } from '../users/change-password.ts';
import { addressOf, MAX_BODY, type ManagementExchange, NO_STORE, originOf } from './exchange-parts.ts';

/** `/access/sessions` and `/access/me`: signing in and out, and one's own account. */
export function sessionHandlers(service: AccessService) {
  const { facts } = service;
  const readLogin = bodyReader(SessionCreation, MAX_BODY);
  const readPassword = bodyReader(PasswordChange, MAX_BODY);

  return {
    async openSession(exchange: ManagementExchange) {
      const login = await readLogin(exchange.request);
      const opened = await openSession(service, { ...login, address: addressOf(exchange), via: 'api' });
      sendJson(exchange.response, 201, opened, NO_STORE);
    },
    async endSession({ request, response }: ManagementExchange) {
      const given = parseAuthorization(request.headers.authorization);
      if (given?.scheme !== 'bearer') {
        throw new HttpError(
          400,
          'SESSION_REQUIRED',
          'this request is not made in a session: there is none to end',
        );
      }
      await endSession(facts, given.token);
      sendEmpty(response, 204);
    },
    async getMe(exchange: ManagementExchange) {
      const { principal } = exchange.identity;
      const id = principal.kind === 'robot' ? principal.id : await ownerIdOf(facts, principal);
      const account = await facts.accounts.get(id);
      if (account === null)
        throw new ServiceError('UNAUTHORIZED', `${principal.kind} "${principal.name}" exists no more`);
      sendResource(exchange, resourceOf(account, principal));
    },
    async updateMe(exchange: ManagementExchange) {
      const { request, identity } = exchange;
      const { currentPassword, password } = await readPassword(request);
      const changed = await changePassword(service, {
        principal: identity.principal,
        currentPassword,
        password,
        origin: originOf(exchange),
        address: addressOf(exchange),
        requireVersion: versionRequirement(request),
      });
      sendResource(exchange, resourceOf(changed, identity.principal));
    },
  };
}

function resourceOf(account: Account & Stored, principal: Principal) {
  return { tag: etag(account.version), body: viewMe(account, principal), headers: NO_STORE };
}

function viewMe(account: Account & Stored, { kind }: Principal): MeResource {
  const { id, username, createdAt, updatedAt, createdBy } = account;
  return {
    id,
    kind,
    username,
    admin: account.kind === 'user' && account.admin,
    groups: account.kind === 'user' ? account.groups : [],
    createdAt,
    updatedAt,
    createdBy,
  };
}
