import { compileFilter } from '@berth/globs';
import { isAttachingTag, isDigest } from '@berth/oci';
import type { Policy } from '../documents/policy.ts';

/** What a policy wants by its filters. */
export interface Wanted {
  image(image: string): boolean;
  /** What is attached, by its digest or its tag, goes with the image that it is in, whatever the tags that are wanted. */
  tag(image: string, tag: string): boolean;
}

export function wantedBy({ images, tags }: Pick<Policy, 'images' | 'tags'>): Wanted {
  const isImage = compileFilter(images);
  const isTag = compileFilter(tags);
  return {
    image: isImage,
    tag: (image, tag) => isImage(image) && (isDigest(tag) || isAttachingTag(tag) || isTag(tag)),
  };
}
