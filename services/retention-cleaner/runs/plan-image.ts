import type { RpcCaller } from '@berth/bus';
import { type Page, writePastConflicts } from '@berth/document-store';
import type { CleanupDecision, DecisionDocument } from '../documents/cleanup-decision.ts';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import type { RunDocument } from '../documents/cleanup-run.ts';
import type { Decision } from '../evaluate/decision.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import type { Records } from '../records.ts';
import { collectCandidates } from './collect-candidates.ts';
import { depthsOf } from './depths.ts';
import type { HeldTask } from './hold-task.ts';
import { policiesFor, rulesOfAll } from './policies-for.ts';

const BATCH = 200;

export interface ImagePlan {
  readonly artifacts: number;
  readonly going: number;
  /** More would go than the policy lets go unasked. */
  readonly isBraked: boolean;
  /** What all policies for it came to. */
  readonly rules: string;
}

/** Decides what of an image goes, and stores the decisions in place of those of an earlier attempt. */
export async function planImage(
  parts: { readonly records: Records; readonly caller: RpcCaller },
  held: HeldTask,
  { run, policy }: { readonly run: RunDocument; readonly policy: PolicyDocument },
): Promise<ImagePlan> {
  const { records, caller } = parts;
  const { task } = held;
  const policies = await policiesFor(records, task, policy);
  const candidates = await collectCandidates(caller, task, held.renew);
  const decided = evaluate(policies, candidates, {
    ...{ now: run.begunAt, begunAt: run.begunAt },
    deletingBy: policy.id,
  });
  const confirmed = await removeDecisions(records, held);
  const decisions = run.isConfirmed ? decided.map((one) => unlessConfirmed(one, confirmed)) : decided;
  await storeDecisions(records, held, decisions);
  const going = decisions.filter(({ isKept }) => !isKept);
  return {
    ...{ artifacts: decisions.length, going: going.length },
    ...{ isBraked: isBraked(decisions, policy), rules: rulesOfAll(policies) },
  };
}

/** Returns what they would have had deleted. */
async function removeDecisions(records: Records, { task, renew }: HeldTask): Promise<ReadonlySet<string>> {
  const planned = new Set<string>();
  for (;;) {
    const { items }: Page<DecisionDocument> = await records.decisions.page({
      index: 'byTask',
      equals: { taskId: task.id },
      limit: BATCH,
    });
    if (items.length === 0) return planned;
    for (const { outcome, digest } of items) if (outcome === 'planned') planned.add(digest);
    await writePastConflicts(
      records,
      items.map((one) => records.decisions.write.remove(one, { relaxed: true })),
    );
    await renew();
  }
}

function unlessConfirmed(decision: Decision, confirmed: ReadonlySet<string>): Decision {
  if (decision.isKept || confirmed.has(decision.candidate.digest)) return decision;
  const reason = 'it was not among what was confirmed';
  return { ...decision, isKept: true, rule: 'changedSince', reason };
}

/** Durable with the task, which says afterwards that they are all there. */
async function storeDecisions(
  records: Records,
  held: HeldTask,
  decisions: readonly Decision[],
): Promise<void> {
  const { id: taskId, runId, image } = held.task;
  const depths = depthsOf(decisions);
  const bodyOf = ({ candidate, isKept, rule, policy, reason }: Decision): CleanupDecision => ({
    ...{ runId, taskId, image, digest: candidate.digest, tags: candidate.tags.map(({ name }) => name) },
    ...{ outcome: isKept ? 'kept' : 'planned', rule, policy, reason },
    ...{ pushedAt: candidate.pushedAt, lastPulledAt: candidate.lastPulledAt },
    depth: depths.get(candidate.digest) ?? 0,
  });
  for (let start = 0; start < decisions.length; start += BATCH) {
    const writes = decisions
      .slice(start, start + BATCH)
      .map((one) =>
        records.decisions.write.insert(`${taskId}@${one.candidate.digest}`, bodyOf(one), { relaxed: true }),
      );
    await records.store.writeMany(writes);
    await held.renew();
  }
}

function isBraked(decisions: readonly Decision[], { maxDeletedShare }: PolicyDocument): boolean {
  const tagged = decisions.filter(({ candidate }) => !candidate.isAttached && candidate.tags.length > 0);
  const going = tagged.filter(({ isKept }) => !isKept).length;
  return going > 0 && (going === tagged.length || going / tagged.length > maxDeletedShare);
}
