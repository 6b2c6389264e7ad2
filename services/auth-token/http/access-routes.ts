import type { ManagementAction } from '@berth/access';
import { type Principal, ServiceError } from '@berth/contracts';
import type { Stored } from '@berth/document-store';
import {
  type BoundRoute,
  bodyReader,
  etag,
  HttpError,
  parseAuthorization,
  requireIfMatch,
  sendEmpty,
  sendJson,
} from '@berth/http';
import type { Static } from '@sinclair/typebox';
import type { AccessService } from '../access-service.ts';
import type { User } from '../documents/user.ts';
import { changePassword } from '../use-cases/change-password.ts';
import { endSession } from '../use-cases/end-session.ts';
import { openSession } from '../use-cases/open-session.ts';
import { LoginBody, type MeView, PasswordBody, ROUTES } from './routes.ts';

const NO_STORE = { 'Cache-Control': 'no-store' } as const;
const MAX_BODY = { maxBytes: 16 * 1_024 } as const;

/** `/api/v1/access`: sessions and one's own account. */
export function accessRoutes(service: AccessService): BoundRoute<ManagementAction, Principal>[] {
  const readLogin = bodyReader(LoginBody, MAX_BODY);
  const readPassword = bodyReader(PasswordBody, MAX_BODY);

  return [
    {
      ...ROUTES.openSession,
      async handle({ request, response, clientAddress }) {
        const login = await readLogin(request);
        sendJson(response, 201, await openSession(service, { ...login, address: clientAddress }), NO_STORE);
      },
    },
    {
      ...ROUTES.endSession,
      async handle({ request, response }) {
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
    },
    {
      ...ROUTES.getMe,
      async handle({ response, identity }) {
        const user = await service.users.get(identity.id);
        if (user === null) throw new ServiceError('UNAUTHORIZED', `user "${identity.name}" exists no more`);
        sendUser(response, user);
      },
    },
    {
      ...ROUTES.patchMe,
      async handle({ request, response, identity, clientAddress }) {
        const { currentPassword, password } = await readPassword(request);
        const changed = await changePassword(service, {
          principal: identity,
          currentPassword,
          password,
          address: clientAddress,
          requireVersion: (version) => requireIfMatch(request, version),
        });
        sendUser(response, changed);
      },
    },
  ];
}

function sendUser(response: Parameters<typeof sendJson>[0], user: User & Stored): void {
  const view: Static<typeof MeView> = {
    id: user.id,
    kind: 'user',
    username: user.username,
    admin: user.admin,
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
    createdBy: user.createdBy,
  };
  sendJson(response, 200, view, { ...NO_STORE, ETag: etag(user.version) });
}
