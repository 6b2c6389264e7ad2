import { type CleanupPolicySettings, MAX_CLEANUP_POLICIES, ServiceError } from '@berth/contracts';
import { isStoreError, type StoreError } from '@berth/document-store';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import { type Origin, policyEvent } from '../events.ts';
import { type Records, timestamp } from '../records.ts';
import { checkSettings, rulesOf } from './check-settings.ts';
import { writeSchedule } from './write-schedule.ts';

export interface PolicyCreation {
  readonly registry: { readonly id: string; readonly name: string };
  readonly settings: CleanupPolicySettings;
  readonly origin: Origin;
}

/** NAME_TAKEN and POLICY_EXISTS with detail {existingId}, POLICY_LIMIT, GLOB_INVALID, REQUEST_INVALID. */
export async function createPolicy(
  records: Records,
  { registry, settings, origin }: PolicyCreation,
): Promise<PolicyDocument> {
  checkSettings(settings);
  const id = records.newId();
  const now = timestamp(records);
  await writeSchedule(records, id, settings);
  for (;;) {
    const body = {
      ...settings,
      ...{ registryId: registry.id, registry: registry.name },
      place: await freePlace(records, registry),
      rules: rulesOf(settings),
      ...{ createdAt: now, updatedAt: now, createdBy: origin.actor },
    };
    const event = policyEvent(records, { type: 'cleanup.created', policy: { ...body, id }, origin });
    try {
      return await records.policies.insert(id, body, event);
    } catch (error) {
      if (!isStoreError(error, 'UNIQUE_TAKEN')) throw error;
      if (error.detail.unique !== 'place') throw await taken(records, settings, error);
    }
  }
}

/** The other policy of the registry has the name, or says the same. */
export async function taken(
  { policies }: Records,
  { name }: Pick<CleanupPolicySettings, 'name'>,
  error: StoreError,
): Promise<ServiceError> {
  const existingId = String(error.detail.id);
  const options = { detail: { existingId }, cause: error };
  if (error.detail.unique === 'name')
    return new ServiceError('NAME_TAKEN', `the registry has a cleanup policy "${name}" already`, options);
  const other = await policies.get(existingId);
  return new ServiceError(
    'POLICY_EXISTS',
    `cleanup policy "${other?.name ?? existingId}" of the registry has the same images, tags and rules as "${name}"`,
    options,
  );
}

/** Two creators may take the same place: the one who loses looks for another. */
async function freePlace({ policies }: Records, registry: PolicyCreation['registry']): Promise<number> {
  const limit = MAX_CLEANUP_POLICIES;
  const { items } = await policies.page({ index: 'byRegistry', equals: { registryId: registry.id }, limit });
  const used = new Set(items.map(({ place }) => place));
  for (let place = 0; place < limit; place++) if (!used.has(place)) return place;
  throw new ServiceError(
    'POLICY_LIMIT',
    `registry "${registry.name}" has ${limit} cleanup policies, which is the most it can have`,
    { detail: { limit } },
  );
}
