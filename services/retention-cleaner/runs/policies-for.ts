import { createHash } from 'node:crypto';
import { compileFilter, GlobError } from '@berth/globs';
import type { PolicyDocument } from '../documents/cleanup-policy.ts';
import type { TaskDocument } from '../documents/cleanup-task.ts';
import { policiesOf } from '../policies/find-policies.ts';
import type { Records } from '../records.ts';
import { ImageNotDecidable } from './collect-candidates.ts';

/** The policies by which an image is decided: the one that runs, and the enabled ones of the registry, as far as they are for it. */
export async function policiesFor(
  records: Records,
  { registryId, image }: TaskDocument,
  own: PolicyDocument,
): Promise<readonly PolicyDocument[]> {
  const others = (await policiesOf(records, registryId)).filter(
    ({ id, enabled }) => id !== own.id && enabled,
  );
  return [own, ...others].filter(({ name, images }) => {
    try {
      return compileFilter(images)(image);
    } catch (error) {
      if (!(error instanceof GlobError)) throw error;
      throw new ImageNotDecidable(`policy "${name}" cannot be understood: ${error.message}`);
    }
  });
}

/** The same for policies that keep the same. */
export function rulesOfAll(policies: readonly PolicyDocument[]): string {
  const rules = policies.map((policy) => policy.rules).sort();
  return createHash('sha256').update(rules.join()).digest('hex');
}
