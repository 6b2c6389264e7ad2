import type { ManagementAction } from '@berth/access';
import { Actor } from '@berth/contracts';
import { pathExpression, type Route } from '@berth/http';
import { Type } from '@sinclair/typebox';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../credentials/password-rule.ts';

const Timestamp = Type.String({ description: 'RFC 3339, UTC' });

export const LoginBody = Type.Object({
  username: Type.String({ minLength: 1, maxLength: 255 }),
  password: Type.String({ minLength: 1, maxLength: 4_096 }),
});

export const PasswordBody = Type.Object({
  currentPassword: Type.String({ maxLength: 4_096 }),
  password: Type.String({ minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH }),
});

const SessionView = Type.Object({ token: Type.String(), expiresAt: Timestamp });

export const MeView = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  username: Type.String(),
  admin: Type.Boolean(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  createdBy: Actor,
});

const TOKEN = '/token';
const JWKS = '/.well-known/jwks.json';
const SESSIONS = '/api/v1/access/sessions';
const CURRENT = '/api/v1/access/sessions/current';
const ME = '/api/v1/access/me';

/** Everything that auth-token answers, as data. */
export const ROUTES = {
  getToken: {
    id: 'token.get',
    method: 'GET',
    pattern: TOKEN,
    expression: pathExpression(TOKEN),
    action: 'public',
    summary: 'A registry token (Docker token specification)',
  },
  postToken: {
    id: 'token.post',
    method: 'POST',
    pattern: TOKEN,
    expression: pathExpression(TOKEN),
    action: 'public',
    summary: 'A registry token (Docker token specification, OAuth2)',
  },
  jwks: {
    id: 'token.keys',
    method: 'GET',
    pattern: JWKS,
    expression: pathExpression(JWKS),
    action: 'public',
    summary: 'The keys that registry tokens are verified with (RFC 7517)',
  },
  openSession: {
    id: 'access.openSession',
    method: 'POST',
    pattern: SESSIONS,
    expression: pathExpression(SESSIONS),
    action: 'public',
    summary: 'Sign in to the management API',
    request: LoginBody,
    response: SessionView,
  },
  endSession: {
    id: 'access.endSession',
    method: 'DELETE',
    pattern: CURRENT,
    expression: pathExpression(CURRENT),
    action: 'signedIn',
    summary: 'Sign out',
  },
  getMe: {
    id: 'access.getMe',
    method: 'GET',
    pattern: ME,
    expression: pathExpression(ME),
    action: 'signedIn',
    summary: 'Who am I',
    response: MeView,
  },
  patchMe: {
    id: 'access.patchMe',
    method: 'PATCH',
    pattern: ME,
    expression: pathExpression(ME),
    action: 'signedIn',
    summary: 'Change my password, which ends all my sessions',
    request: PasswordBody,
    response: MeView,
  },
} as const satisfies Record<string, Route<ManagementAction>>;
