import type { Facts } from '../facts.ts';
import { countOfTagging } from '../images/count-artifacts.ts';
import type { PlannedMove } from './move-tag.ts';

/**
 * By how much the count of an image's artifacts changes when tags move to one of them: what it is itself, unless it is new and
 * counted by that, and what those are that they leave.
 */
export async function countOfMoves(
  facts: Facts,
  moves: readonly PlannedMove[],
  target: { readonly id: string; readonly isNew: boolean; readonly references?: readonly string[] },
): Promise<number> {
  const coming = moves.filter(({ current }) => current?.artifactId !== target.id);
  const left = new Map<string, string[]>();
  for (const { tag, current } of coming) {
    if (current) left.set(current.artifactId, [...(left.get(current.artifactId) ?? []), tag]);
  }
  const added = target.isNew ? [] : coming.map(({ tag }) => tag);
  let change = added.length > 0 ? await countOfTagging(facts, target.id, { added }) : 0;
  for (const [id, removed] of left) {
    const isAdopted = target.isNew && target.references?.includes(id) === true;
    change += await countOfTagging(facts, id, { removed, isAdopted });
  }
  return change;
}
