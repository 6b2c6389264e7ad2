import { ServiceError } from '@berth/contracts';
import type { RunDocument } from '../documents/run.ts';
import type { Records } from '../records.ts';

/** RUN_NOT_FOUND */
export async function requireRun({ runs }: Records, id: string): Promise<RunDocument> {
  const run = await runs.get(id);
  if (run === null) throw runNotFound(id);
  return run;
}

export function runNotFound(id: string): ServiceError {
  return new ServiceError('RUN_NOT_FOUND', `run "${id.slice(0, 300)}" does not exist`);
}

/** Newest first. */
export async function listRuns(
  { runs }: Records,
  policyId: string,
  { limit, after, state }: { readonly limit: number; readonly after?: string; readonly state?: string },
) {
  return await runs.page({
    ...(state === undefined
      ? { index: 'byPolicy', equals: { policyId } }
      : { index: 'byPolicyState', equals: { policyId, state } }),
    ...{ descending: true, limit },
    ...(after !== undefined && { after }),
  });
}
