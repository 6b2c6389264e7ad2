import type { DocumentStore } from '@berth/document-store';
import { newId, silentLogger } from '@berth/runtime';
import type { PolicyDocument } from '../documents/policy.ts';
import type { TaskDocument } from '../documents/task.ts';
import { openRecords, type Records, timestamp } from '../records.ts';
import type { TagChange } from '../runs/start-run.ts';

/** The records of one copy on a store, with a clock that the test moves. */
export interface Copy {
  readonly records: Records;
  advance(ms: number): void;
}

export function openCopy(store: DocumentStore, startMs = Date.parse('2026-03-01T11:59:30Z')): Copy {
  let now = startMs;
  return {
    records: openRecords({ store, clock: () => now, newId, logger: silentLogger }),
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A policy of acme as it would be stored, with these fields. */
export async function addPolicy(
  { policies, newId: id }: Records,
  more: Partial<PolicyDocument> = {},
): Promise<PolicyDocument> {
  const at = '2026-03-01T00:00:00.000Z';
  return await policies.insert(id(), {
    ...{ registryId: 'r-acme', registry: 'acme', slot: 1, name: 'west', enabled: true },
    ...{ direction: 'push', endpoint: 'e-west', images: { match: ['**'] }, tags: { match: ['**'] } },
    ...{ trigger: 'manual', overwrite: 'never', deletes: 'keep', createdAt: at, updatedAt: at },
    createdBy: { id: 'u-ann', kind: 'user', name: 'ann' },
    ...more,
  });
}

/** The endpoint of those policies. */
export async function addEndpoint({ endpoints }: Records): Promise<void> {
  const at = '2026-03-01T00:00:00.000Z';
  await endpoints.insert('e-west', {
    ...{ name: 'west', url: 'http://there', skipTlsVerify: false, createdAt: at, updatedAt: at },
    createdBy: { id: 'u-ann', kind: 'user', name: 'ann' },
  });
}

/** As an event tells of a change just now. */
export function changeNow(records: Records, eventId: string, tag = '1.0'): TagChange {
  return { eventId, image: 'web', tag, at: timestamp(records) };
}

/** All tasks of a run. */
export async function tasksOf({ tasks }: Records, runId: string): Promise<readonly TaskDocument[]> {
  return (await tasks.page({ index: 'byRun', equals: { runId }, limit: 500 })).items;
}
