import type { Actor, EventData, Via } from '@berth/contracts';
import { outboxEvent, type Told, type WriteOptions } from '@berth/document-store';
import type { Endpoint } from './documents/endpoint.ts';
import type { Policy } from './documents/policy.ts';
import type { RunDocument } from './documents/run.ts';
import type { Records } from './records.ts';

/** Who changes something, by which door and from where. */
export interface Origin {
  readonly actor: Actor;
  readonly via: Via;
  readonly address?: string;
}

type Carried = Required<Pick<WriteOptions, 'events'>>;
type Change = 'replication.created' | 'replication.updated' | 'replication.deleted';
type EventRecords = Pick<Records, 'clock' | 'newId'>;

interface SettingChange<Setting> {
  readonly type: Change;
  readonly setting: Setting & { readonly id: string };
  /** Names of the settings that changed. */
  readonly changes?: readonly string[];
  readonly origin: Origin;
}

/** What a write of a policy carries. */
export function policyEvent(
  records: EventRecords,
  { type, setting, changes, origin }: SettingChange<Pick<Policy, 'name' | 'registry' | 'registryId'>>,
): Carried {
  const { id, name, registry, registryId } = setting;
  return carried(records, {
    ...{ type, source: `/api/v1/registries/${registry}`, subject: `replication/policies/${id}` },
    data: (sequence) => ({
      ...{ registry, registryId, object: { kind: 'replicationPolicy', id, name } },
      ...(changes !== undefined && { changes: [...changes] }),
      ...origin,
      sequence,
    }),
  });
}

/** What a write of an endpoint carries, which is of no registry. */
export function endpointEvent(
  records: EventRecords,
  { type, setting, changes, origin }: SettingChange<Pick<Endpoint, 'name'>>,
): Carried {
  const { id, name } = setting;
  return carried(records, {
    ...{ type, source: '/api/v1/replication', subject: `replication/endpoints/${id}` },
    data: (sequence) => ({
      object: { kind: 'replicationEndpoint', id, name },
      ...(changes !== undefined && { changes: [...changes] }),
      ...origin,
      sequence,
    }),
  });
}

/** What the write that ends a run carries. */
export function completedEvent(
  records: EventRecords,
  run: RunDocument,
  state: EventData<'replication.completed'>['state'],
): Carried {
  const { id, policyId, policy, registry, registryId, createdBy } = run;
  return carried(records, {
    ...{ type: 'replication.completed', source: `/api/v1/registries/${registry}`, subject: registry },
    data: (sequence) => ({
      ...{ registry, registryId, actor: createdBy, via: 'replication', sequence },
      ...{ policy: { id: policyId, name: policy }, run: id, state },
    }),
  });
}

function carried<T extends Change | 'replication.completed'>(
  records: EventRecords,
  { data, ...told }: Omit<Told<T>, 'data'> & { readonly data: (sequence: number) => EventData<T> },
): Carried {
  return { events: (sequence) => [outboxEvent(records, { ...told, data: data(sequence) })] };
}
