import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import type { RunDocument } from '../documents/cleanup-run.ts';
import type { Records } from '../records.ts';
import { changeRun } from './change-run.ts';

/** The policy that a run goes on by, or why it is not to go on, for people to read. */
export type Standing =
  | { readonly policy: PolicyDocument; readonly reason?: never }
  | { readonly reason: string; readonly policy?: never };

/** A run deletes by the rules that it was started by, as long as they are the policy's, and by no others. */
export async function standingOf({ policies }: Records, run: RunDocument): Promise<Standing> {
  if (run.stopped !== undefined) return { reason: run.stopped };
  const policy = await policies.get(run.policyId);
  if (policy === null) return { reason: 'the policy was deleted' };
  if (run.rules !== undefined && run.rules !== policy.rules)
    return { reason: 'the policy was changed meanwhile: run it again' };
  if (!policy.enabled && !run.isDryRun) return { reason: 'the policy was disabled meanwhile' };
  return { policy };
}

/** Has a run end as soon as the copies that are at it come to know. Null when it has ended. */
export async function stopRun(records: Records, id: string, reason: string): Promise<RunDocument | null> {
  return await changeRun(records, id, (run) => ({
    ...{ ...run, stopped: run.stopped ?? reason },
    dueAt: records.clock(),
  }));
}

/** Stops the run of a policy that was changed or deleted, where it is not to go on. */
export async function stopRunOf(records: Records, policyId: string): Promise<void> {
  const newest = { index: 'byPolicy', equals: { policyId }, descending: true, limit: 1 };
  const [run] = (await records.runs.page(newest)).items;
  if (run?.activeOf === undefined) return;
  const { reason } = await standingOf(records, run);
  if (reason !== undefined) await stopRun(records, run.id, reason);
}
