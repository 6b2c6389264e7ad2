import {
  ACCESS_ROUTES,
  type ManagementAction,
  type MeResource,
  PasswordChange,
  ServiceError,
  SessionCreation,
} from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import {
  type BoundRoute,
  bindRoutes,
  bodyReader,
  etag,
  HttpError,
  type ManagementIdentity,
  parseAuthorization,
  requireIfMatch,
  sendEmpty,
  sendJson,
} from '@berth/http';
import type { AccessService } from '../access-service.ts';
import type { User } from '../documents/user.ts';
import { changePassword } from '../use-cases/change-password.ts';
import { endSession } from '../use-cases/end-session.ts';
import { openSession } from '../use-cases/open-session.ts';

const NO_STORE = { 'Cache-Control': 'no-store' } as const;
const MAX_BODY = { maxBytes: 16 * 1_024 } as const;

const OWN_ROUTES = {
  openSession: ACCESS_ROUTES.openSession,
  endSession: ACCESS_ROUTES.endSession,
  getMe: ACCESS_ROUTES.getMe,
  updateMe: ACCESS_ROUTES.updateMe,
};

/** `/api/v1/access`: sessions and one's own account. */
export function accessRoutes(service: AccessService): BoundRoute<ManagementAction, ManagementIdentity>[] {
  const readLogin = bodyReader(SessionCreation, MAX_BODY);
  const readPassword = bodyReader(PasswordChange, MAX_BODY);

  return bindRoutes(OWN_ROUTES, {
    async openSession({ request, response, clientAddress }) {
      const login = await readLogin(request);
      sendJson(response, 201, await openSession(service, { ...login, address: clientAddress }), NO_STORE);
    },
    async endSession({ request, response }) {
      const given = parseAuthorization(request.headers.authorization);
      if (given?.scheme !== 'bearer') {
        throw new HttpError(
          400,
          'SESSION_REQUIRED',
          'this request is not made in a session: there is none to end',
        );
      }
      await endSession(service.sessions, given.token);
      sendEmpty(response, 204);
    },
    async getMe({ response, identity }) {
      const user = await service.users.get(identity.principal.id);
      if (user === null)
        throw new ServiceError('UNAUTHORIZED', `user "${identity.principal.name}" exists no more`);
      sendUser(response, user);
    },
    async updateMe({ request, response, identity, clientAddress }) {
      const { currentPassword, password } = await readPassword(request);
      const changed = await changePassword(service, {
        principal: identity.principal,
        currentPassword,
        password,
        address: clientAddress,
        requireVersion: (version) => requireIfMatch(request, version),
      });
      sendUser(response, changed);
    },
  });
}

function sendUser(response: Parameters<typeof sendJson>[0], user: User & Stored): void {
  const view: MeResource = {
    id: user.id,
    kind: 'user',
    username: user.username,
    admin: user.admin,
    groups: [],
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    createdBy: user.createdBy,
  };
  sendJson(response, 200, view, { ...NO_STORE, ETag: etag(user.version) });
}
