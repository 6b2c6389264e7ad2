import { OciError } from './oci-error.ts';

/** A repository in the words of the platform: `acme/team/web` is registry `acme`, image `team/web`. */
export interface ParsedRepositoryName {
  readonly registry: string;
  readonly image: string;
}

/** The longest `<registry>/<image>`, in characters. */
export const MAX_REPOSITORY_LENGTH = 255;

/**
 * One path component (OCI distribution specification, "Pulling manifests"): runs of letters and digits, joined by one
 * `.`, one or two `_`, or any number of `-`. Docker accepts exactly these.
 */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REGISTRY = new RegExp(`^${COMPONENT}$`);
const IMAGE = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);

const RULE =
  'lower-case letters and digits, joined by single ".", "_" or "__", or dashes, and neither beginning nor ending with one of these';

/** The rule in words, for messages. */
export const REGISTRY_NAME_RULE = `a registry name is at most ${MAX_REPOSITORY_LENGTH} characters: ${RULE}`;
export const IMAGE_NAME_RULE = `an image name is one or more parts joined by "/", each ${RULE}; <registry>/<image> is at most ${MAX_REPOSITORY_LENGTH} characters`;

export function isRegistryName(text: string): boolean {
  return text.length <= MAX_REPOSITORY_LENGTH && REGISTRY.test(text);
}

/** Whether the text can be an image name; that `<registry>/<image>` stays within 255 is parseRepositoryName's to check. */
export function isImageName(text: string): boolean {
  return text.length <= MAX_REPOSITORY_LENGTH && IMAGE.test(text);
}

/** `acme/team/web` → `{registry: 'acme', image: 'team/web'}`. OciError NAME_INVALID. */
export function parseRepositoryName(text: string): ParsedRepositoryName {
  const shown = JSON.stringify(text.slice(0, 300));
  if (text.length > MAX_REPOSITORY_LENGTH) {
    throw new OciError('NAME_INVALID', {
      message: `invalid repository name ${shown}: ${text.length} characters; ${MAX_REPOSITORY_LENGTH} at most`,
    });
  }
  const slash = text.indexOf('/');
  if (slash < 0) {
    throw new OciError('NAME_INVALID', {
      message: `invalid repository name ${shown}: an image needs a registry in front, <registry>/<image>`,
    });
  }
  const registry = text.slice(0, slash);
  const image = text.slice(slash + 1);
  if (!REGISTRY.test(registry)) {
    throw new OciError('NAME_INVALID', {
      message: `invalid registry name in ${shown}: ${REGISTRY_NAME_RULE}`,
    });
  }
  if (!IMAGE.test(image)) {
    throw new OciError('NAME_INVALID', { message: `invalid image name in ${shown}: ${IMAGE_NAME_RULE}` });
  }
  return { registry, image };
}

export function formatRepositoryName(name: ParsedRepositoryName): string {
  return `${name.registry}/${name.image}`;
}
