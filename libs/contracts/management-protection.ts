import { type Static, Type } from '@sinclair/typebox';
import { GlobFilter } from './glob-filter.ts';
import { defineRoutes, listOf, SEARCH_PARAMETERS } from './management-route.ts';
import { Actor } from './principal.ts';

/** A registry has at most so many. */
export const MAX_PROTECTION_POLICIES = 15;

const PolicyName = Type.String({ minLength: 1, maxLength: 128 });

const fields = {
  name: PolicyName,
  images: GlobFilter,
  tags: GlobFilter,
  enabled: Type.Boolean({ default: true }),
};

/** `images` and `tags` match everything by default; a policy is enabled by default. */
export const ProtectionPolicyCreation = Type.Object(
  {
    registry: Type.String({ minLength: 1, maxLength: 255 }),
    name: PolicyName,
    images: Type.Optional(GlobFilter),
    tags: Type.Optional(GlobFilter),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type ProtectionPolicyCreation = Static<typeof ProtectionPolicyCreation>;

export const ProtectionPolicyPatch = Type.Object(fields, { additionalProperties: false });
export type ProtectionPolicyPatch = Static<typeof ProtectionPolicyPatch>;

export const ProtectionPolicyResource = Type.Object({
  id: Type.String(),
  registry: Type.String(),
  ...fields,
  createdAt: Type.String(),
  updatedAt: Type.String(),
  createdBy: Actor,
});
export type ProtectionPolicyResource = Static<typeof ProtectionPolicyResource>;

const POLICIES = '/api/v1/protection/policies';
const POLICY = `${POLICIES}/{id}`;

export const PROTECTION_ROUTES = defineRoutes({
  listProtectionPolicies: {
    method: 'GET',
    pattern: POLICIES,
    action: 'viewer',
    registry: 'query',
    summary: 'Protection policies of a registry',
    query: Type.Object({ registry: Type.Optional(Type.String()), ...SEARCH_PARAMETERS }),
    response: listOf(ProtectionPolicyResource),
  },
  createProtectionPolicy: {
    method: 'POST',
    pattern: POLICIES,
    action: 'maintainer',
    registry: 'body',
    summary: 'Protect tags of a registry from being moved or deleted',
    request: ProtectionPolicyCreation,
    response: ProtectionPolicyResource,
    status: 201,
    errors: ['NAME_TAKEN', 'POLICY_LIMIT', 'GLOB_INVALID'],
  },
  getProtectionPolicy: {
    method: 'GET',
    pattern: POLICY,
    action: 'viewer',
    registry: 'object',
    summary: 'One protection policy',
    response: ProtectionPolicyResource,
    errors: ['POLICY_NOT_FOUND'],
  },
  updateProtectionPolicy: {
    method: 'PATCH',
    pattern: POLICY,
    action: 'maintainer',
    registry: 'object',
    summary: 'Change a protection policy',
    request: ProtectionPolicyPatch,
    response: ProtectionPolicyResource,
    errors: ['POLICY_NOT_FOUND', 'NAME_TAKEN', 'GLOB_INVALID'],
  },
  deleteProtectionPolicy: {
    method: 'DELETE',
    pattern: POLICY,
    action: 'maintainer',
    registry: 'object',
    summary: 'Delete a protection policy',
    errors: ['POLICY_NOT_FOUND'],
  },
});
