import { unlessConflict } from '@berth/document-store';
import { isAttachingTag, isImageName } from '@berth/oci';
import { isRegistryClientError, RegistryClientError } from '@berth/registry-client';
import type { PolicyDocument } from '../documents/policy.ts';
import type { RunDocument } from '../documents/run.ts';
import { type Task, taskId } from '../documents/task.ts';
import { type Wanted, wantedBy } from '../policies/wanted-by.ts';
import type { LocalRegistries } from '../ports.ts';
import type { Records } from '../records.ts';
import type { Sides } from '../tasks/sides-of.ts';
import { imagesOf } from './images-of.ts';
import { newTask } from './new-task.ts';
import { noteProgress } from './note-progress.ts';

export interface PlanParts {
  readonly records: Records;
  readonly local: LocalRegistries;
  readonly signal: AbortSignal;
}

const PAGE = 200;
/** In a reason, of images that are not there. */
const MISSING_NAMED = 10;

/**
 * Makes the tasks of a run: for all tags that the policy wants, for one, or once more for those that failed. May be done again.
 * RegistryClientError (404) at the end when the source of a pull has none of an image that the policy names.
 */
export async function planRun(
  parts: PlanParts,
  { run, policy, sides }: { run: RunDocument; policy: PolicyDocument; sides: Sides },
): Promise<void> {
  const { records, local, signal } = parts;
  const { image, tag, plan } = run;
  if (plan === 'failed') return await reopenFailed(records, run.id);
  if (plan === 'one' && image !== undefined && tag !== undefined) {
    await addTask(records, run, { image, tag });
    return;
  }
  const wanted = wantedBy(policy);
  let added = policy.deletes === 'mirror' ? await addWritten(records, run, { sides, wanted }) : 0;
  const missing = new Set(imagesNamed(policy).filter(wanted.image));
  for await (const name of imagesOf(local, sides)) {
    signal.throwIfAborted();
    if (!wanted.image(name)) continue;
    for await (const tagName of tagsOf(sides, name, () => missing.delete(name))) {
      signal.throwIfAborted();
      // Attached artifacts go with what they belong to.
      if (wanted.tag(name, tagName) && !isAttachingTag(tagName))
        added += await addTask(records, run, { image: name, tag: tagName });
    }
  }
  await noteProgress(records, run.id, { tasks: added });
  if (missing.size > 0) throw imagesMissing(sides, [...missing]);
}

/** What a pull names without wildcards: a typing error must not look like all being there. What is pushed may be deleted here. */
function imagesNamed({ direction, images }: PolicyDocument): readonly string[] {
  return direction === 'pull' ? images.match.filter((pattern) => isImageName(pattern)) : [];
}

function imagesMissing({ source, sourceOf }: Sides, images: readonly string[]): RegistryClientError {
  const names = images.slice(0, MISSING_NAMED).map((image) => `"${sourceOf(image)}"`);
  const more = images.length > names.length ? ` and ${images.length - names.length} more` : '';
  const message = `${source.origin} has no repository ${names.join(', ')}${more}`;
  return new RegistryClientError('REFUSED', message, { status: 404 });
}

/** Tags that the policy wrote where it writes now, and still wants: those that are gone at the source are found by that alone. */
async function addWritten(
  records: Records,
  run: RunDocument,
  { sides, wanted }: { readonly sides: Sides; readonly wanted: Wanted },
): Promise<number> {
  let added = 0;
  for (let after: string | null | undefined; after !== null; ) {
    const page = await records.writtenTags.page({
      ...{ index: 'byPolicy', equals: { policyId: run.policyId }, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    for (const { image, tag, endpoint, repository } of page.items) {
      const isHere = endpoint === sides.policy.endpoint && repository === sides.destinationOf(image);
      if (isHere && wanted.tag(image, tag)) added += await addTask(records, run, { image, tag });
    }
    after = page.next;
  }
  return added;
}

/** None of an image that is not there, or not any more; `onFound` is told of one that is. */
async function* tagsOf(
  { source, sourceOf }: Sides,
  image: string,
  onFound: () => void,
): AsyncGenerator<string> {
  try {
    for await (const tag of source.lists.tags(sourceOf(image), { pageSize: PAGE })) {
      onFound();
      yield tag;
    }
    onFound();
  } catch (error) {
    if (!isRegistryClientError(error, 404)) throw error;
  }
}

/** One, or none where it was planned before. */
async function addTask(
  records: Records,
  run: RunDocument,
  place: Pick<Task, 'image' | 'tag'>,
): Promise<number> {
  const id = taskId(run.id, place.image, place.tag);
  const made = records.tasks.insert(id, newTask(records, run, place), { relaxed: true });
  return (await unlessConflict(made)) === null ? 0 : 1;
}

async function reopenFailed(records: Records, runId: string): Promise<void> {
  for (;;) {
    const { items } = await records.tasks.page({
      ...{ index: 'byRunState', equals: { runId, state: 'failed' }, limit: PAGE },
    });
    if (items.length === 0) return;
    await noteProgress(records, runId, { tasks: items.length });
    for (const { reason: _, isPatient: __, ...task } of items)
      await unlessConflict(
        records.tasks.replace({ ...task, state: 'waiting', dueAt: records.clock(), tries: 0 }),
      );
  }
}
