import { UsageError } from './usage-error.ts';

/** An image as docker users write it, taken apart: `acme/team/web:1.0@sha256:…`. */
export interface ImageReference {
  readonly registry: string;
  readonly image: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** `acme/team/web` as it is shown. */
export function repositoryOf({ registry, image }: Pick<ImageReference, 'registry' | 'image'>): string {
  return `${registry}/${image}`;
}

/**
 * Takes a reference apart. The host of the Berth that is talked to may stand in front, as it does for docker.
 *
 * @throws UsageError when there is no image in it
 */
export function parseReference(text: string, origin: string): ImageReference {
  const [name = '', digest, ...more] = text.split('@');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const path = withoutHost(colon < 0 ? name : name.slice(0, colon), origin);
  const slash = path.indexOf('/');
  const registry = path.slice(0, slash);
  const image = path.slice(slash + 1);
  if (slash < 1 || image === '' || more.length > 0)
    throw new UsageError(`"${text}" names no image such as acme/team/web or acme/team/web:1.0`);
  if (digest !== undefined && !isDigest(digest))
    throw new UsageError(`"${digest}" is no digest: sha256: and 64 hexadecimal digits`);
  return {
    registry,
    image,
    ...(colon >= 0 && { tag: name.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}

/** An image without tag and digest. @throws UsageError */
export function parseImage(text: string, origin: string): ImageReference {
  const reference = parseReference(text, origin);
  if (reference.tag !== undefined || reference.digest !== undefined)
    throw new UsageError(`"${text}" names more than an image: leave out tag and digest`);
  return reference;
}

/** A registry, or an image in it. @throws UsageError */
export function parseRegistryOrImage(text: string, origin: string): { registry: string; image?: string } {
  const path = withoutHost(text, origin);
  return /^[^/:@]+$/.test(path) ? { registry: path } : parseImage(text, origin);
}

/** An image with a tag. @throws UsageError */
export function parseTag(text: string, origin: string): ImageReference & { readonly tag: string } {
  const { tag, digest, ...image } = parseReference(text, origin);
  if (!tag || digest !== undefined) throw new UsageError(`"${text}" names no tag such as acme/team/web:1.0`);
  return { ...image, tag };
}

export function isDigest(text: string): boolean {
  return /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/.test(text);
}

function withoutHost(path: string, origin: string): string {
  const prefix = `${new URL(origin).host}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}
