import { isAttachingTag } from '@berth/oci';

/** What tags add to the count of their image: those that only attach an artifact to another are not counted. */
export function countOfTags(names: readonly string[]): number {
  return names.filter((name) => !isAttachingTag(name)).length;
}
