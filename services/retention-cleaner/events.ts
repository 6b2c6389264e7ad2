import type { Actor, EventData, EventType, Via } from '@berth/contracts';
import { outboxEvent, type Told, type WriteOptions } from '@berth/document-store';
import type { CleanupPolicy } from './documents/cleanup-policy.ts';
import type { CleanupRun } from './documents/cleanup-run.ts';
import type { Records } from './records.ts';

/** Who changes something, by which door and from where. */
export interface Origin {
  readonly actor: Actor;
  readonly via: Via;
  readonly address?: string;
}

/** Who deletes what policies let go. */
export const CLEANER: Actor = { id: 'retention-cleaner', kind: 'service', name: 'retention-cleaner' };

type Carried = Required<Pick<WriteOptions, 'events'>>;
type EventRecords = Pick<Records, 'clock' | 'newId'>;

/** What a write of a policy carries. */
export function policyEvent(
  records: EventRecords,
  change: {
    readonly type: 'cleanup.created' | 'cleanup.updated' | 'cleanup.deleted';
    readonly policy: Pick<CleanupPolicy, 'name' | 'registry' | 'registryId'> & { readonly id: string };
    /** Names of the settings that changed. */
    readonly changes?: readonly string[];
    readonly origin: Origin;
  },
): Carried {
  const { type, policy, changes, origin } = change;
  const { id, name, registry, registryId } = policy;
  return carried(records, {
    type,
    registry,
    subject: `cleanup/policies/${id}`,
    data: (sequence) => ({
      ...{ registry, registryId },
      object: { kind: 'cleanupPolicy', id, name },
      ...(changes !== undefined && { changes: [...changes] }),
      ...origin,
      sequence,
    }),
  });
}

/** What a write carries by which somebody starts, confirms or cancels a run. None of a dry one, which deletes nothing. */
export function runEvent(
  records: EventRecords,
  {
    type,
    run,
    origin,
  }: {
    readonly type: 'cleanup.started' | 'cleanup.confirmed' | 'cleanup.cancelled';
    readonly run: CleanupRun & { readonly id: string };
    readonly origin: Origin;
  },
): WriteOptions {
  if (run.isDryRun) return {};
  const { registry, registryId, policyId, policy, id } = run;
  return carried(records, {
    ...{ type, registry, subject: `cleanup/runs/${id}` },
    data: (sequence) => ({
      ...{ registry, registryId, policy: { id: policyId, name: policy }, run: id },
      ...{ ...origin, sequence },
    }),
  });
}

/** What the write that ends a run carries. None of a dry one. */
export function completedEvent(
  records: EventRecords,
  run: CleanupRun & { readonly id: string },
  state: EventData<'cleanup.completed'>['state'],
): WriteOptions {
  if (run.isDryRun) return {};
  const { registry, registryId, policyId, policy, createdBy } = run;
  return carried(records, {
    type: 'cleanup.completed',
    registry,
    subject: registry,
    data: (sequence) => ({
      ...{ registry, registryId, run: run.id, state, actor: createdBy, via: 'cleanup', sequence },
      policy: { id: policyId, name: policy },
    }),
  });
}

function carried<T extends Extract<EventType, `cleanup.${string}`>>(
  records: EventRecords,
  told: Pick<Told<T>, 'type' | 'subject'> & {
    readonly registry: string;
    readonly data: (sequence: number) => EventData<T>;
  },
): Carried {
  const { type, subject, registry, data } = told;
  const source = `/api/v1/registries/${registry}`;
  return { events: (sequence) => [outboxEvent(records, { type, source, subject, data: data(sequence) })] };
}
