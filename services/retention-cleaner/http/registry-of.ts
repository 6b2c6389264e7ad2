import type { ObjectRegistry } from '@berth/http';
import { policyNotFound, requirePolicy } from '../policies/find-policies.ts';
import type { Records } from '../records.ts';
import { requireRun, runNotFound } from '../runs/find-runs.ts';

/** Whose the policy or the run is that a path names. */
export async function registryOf(
  records: Records,
  {
    route,
    params,
  }: {
    readonly route: { readonly pattern: string };
    readonly params: Readonly<Record<string, string | undefined>>;
  },
): Promise<ObjectRegistry> {
  const id = params.id ?? '';
  if (route.pattern.startsWith('/api/v1/cleanup/runs/')) {
    const { registryId } = await requireRun(records, id);
    return { registryId, notFound: () => runNotFound(id) };
  }
  const { registryId } = await requirePolicy(records, id);
  return { registryId, notFound: () => policyNotFound(id) };
}
