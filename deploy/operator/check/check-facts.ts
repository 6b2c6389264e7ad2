import { type AuditFinding, type AuditKind, auditFacts } from '@berth/contracts';
import type { Check } from './check.ts';

export const PAGE = 200;

/** Facts of one kind against other facts. */
export async function checkFacts(check: Check, kind: AuditKind): Promise<void> {
  let after: string | undefined;
  do {
    const query = { kind, limit: PAGE, repair: false, ...(after !== undefined && { after }) };
    const page = await check.caller.call(auditFacts, query);
    check.recorder.count(kind, page.examined);
    await confirm(check, kind, page.findings);
    check.onProgress(`${kind}: ${check.recorder.examined[kind] ?? 0}`);
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** Reports those of the findings that are there after a while, mended where that is wanted and can be. */
export async function confirm(check: Check, kind: AuditKind, found: readonly AuditFinding[]): Promise<void> {
  if (found.length === 0) return;
  await check.settle();
  const ids = [...new Set(found.map(({ id }) => id))];
  const { repair } = check.options;
  const { findings } = await check.caller.call(auditFacts, { kind, ids, limit: PAGE, repair });
  const known = new Set(found.map(({ id, problem }) => `${problem} ${id}`));
  for (const { problem, id, detail, repository, isRepaired } of findings) {
    if (!known.has(`${problem} ${id}`)) continue;
    const repositories = repository === undefined ? [] : [repository];
    check.recorder.add({ problem, id, detail, repositories, isRepaired });
  }
}
