import {
  MAX_REPLICATION_POLICIES,
  type ReplicationPolicyCreation,
  type ReplicationPolicyPatch,
  ServiceError,
} from '@berth/contracts';
import { isStoreError } from '@berth/document-store';
import { changedFields } from '@berth/http';
import type { Policy, PolicyDocument } from '../documents/policy.ts';
import { type Origin, policyEvent } from '../events.ts';
import { type Records, timestamp } from '../records.ts';
import { checkPolicy } from './check-policy.ts';
import { checkRemote } from './check-remote.ts';
import { settingsOf } from './find-policy.ts';

export interface PolicyRequest {
  readonly registry: { readonly id: string; readonly name: string };
  readonly settings: Omit<ReplicationPolicyCreation, 'registry'>;
  readonly origin: Origin;
  /** Who may name any registry at an endpoint. */
  readonly isAdmin: boolean;
}

const DEFAULTS = {
  enabled: true,
  images: { match: ['**'] },
  tags: { match: ['**'] },
  trigger: 'manual',
  overwrite: 'never',
  deletes: 'keep',
} satisfies Partial<Policy>;

/** NAME_TAKEN with detail {existingId}, POLICY_LIMIT, ENDPOINT_NOT_FOUND, GLOB_INVALID, REQUEST_INVALID, DENIED. */
export async function createPolicy(
  records: Records,
  { registry, settings, origin, isAdmin }: PolicyRequest,
): Promise<PolicyDocument> {
  const wished = { ...DEFAULTS, ...settings };
  await checkPolicy(records, wished.direction, wished);
  if (!isAdmin) await checkRemote(records, { ...wished, registry: registry.name });
  const now = timestamp(records);
  for (;;) {
    const body: Policy = {
      ...wished,
      ...{ registryId: registry.id, registry: registry.name },
      slot: await freeSlot(records, registry),
      ...{ createdAt: now, updatedAt: now, createdBy: origin.actor },
    };
    try {
      const id = records.newId();
      const setting = { ...body, id };
      const event = policyEvent(records, { type: 'replication.created', setting, origin });
      return await records.policies.insert(id, body, event);
    } catch (error) {
      if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
      if (error.detail.unique === 'name') throw nameTaken(body, error.detail.id);
    }
  }
}

/**
 * Changes a policy by the version that was read; one that says the same stays as it is, without an event. NAME_TAKEN, ENDPOINT_NOT_FOUND, GLOB_INVALID,
 * REQUEST_INVALID, DENIED.
 */
export async function updatePolicy(
  records: Records,
  policy: PolicyDocument,
  {
    settings,
    origin,
    isAdmin,
  }: Omit<PolicyRequest, 'registry' | 'settings'> & { readonly settings: ReplicationPolicyPatch },
): Promise<PolicyDocument> {
  await checkPolicy(records, policy.direction, settings);
  const changes = changedFields(settingsOf(policy), settings);
  if (changes.length === 0) return policy;
  const isElsewhere = changes.includes('endpoint') || changes.includes('remoteRegistry');
  if (isElsewhere && !isAdmin) await checkRemote(records, { ...settings, registry: policy.registry });
  const { remoteRegistry: _, bandwidthBytesPerSecond: __, schedule: ___, ...rest } = policy;
  const next: PolicyDocument = { ...rest, ...settings, updatedAt: timestamp(records) };
  try {
    const event = policyEvent(records, { type: 'replication.updated', setting: next, changes, origin });
    return await records.policies.replace(next, event);
  } catch (error) {
    if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
    throw nameTaken(next, error.detail.id);
  }
}

function nameTaken({ name, registry }: Pick<Policy, 'name' | 'registry'>, existingId: unknown): ServiceError {
  const message = `a replication policy "${name}" of registry "${registry}" exists already`;
  return new ServiceError('NAME_TAKEN', message, { detail: { existingId } });
}

/** The slots are unique in a registry: of two who see the same one free, one looks again. */
async function freeSlot({ policies }: Records, { id, name }: PolicyRequest['registry']): Promise<number> {
  const { items } = await policies.page({
    index: 'byRegistry',
    equals: { registryId: id },
    limit: MAX_REPLICATION_POLICIES,
  });
  const taken = new Set(items.map(({ slot }) => slot));
  for (let slot = 1; slot <= MAX_REPLICATION_POLICIES; slot += 1) if (!taken.has(slot)) return slot;
  throw new ServiceError(
    'POLICY_LIMIT',
    `registry "${name}" has ${MAX_REPLICATION_POLICIES} replication policies, which is the most there can be`,
  );
}
