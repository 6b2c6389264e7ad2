import { ServiceError } from '@berth/contracts';

/** So many tags are named to who is refused. */
export const TAGS_NAMED = 100;

/** Tags that a policy protects, the first hundred in byte order. */
export interface ProtectedTags {
  readonly tags: readonly string[];
  /** The name of the policy of the first of them. */
  readonly policy: string;
}

/**
 * PROTECTED with detail {tags, policy}; on `/v2` people see the message alone.
 *
 * @param what `tag "1.0" of acme/web`, `artifact sha256:… of acme/web`, `registry "acme"`
 */
export function protectedError(what: string, { tags, policy }: ProtectedTags): ServiceError {
  const [first = '', ...others] = tags;
  const count = tags.length < TAGS_NAMED ? `${others.length}` : `at least ${others.length}`;
  const more = others.length === 0 ? '' : ` and ${count} more`;
  return new ServiceError(
    'PROTECTED',
    `${what} can be neither moved nor deleted: policy "${policy}" protects tag "${first}"${more}`,
    { detail: { tags: [...tags], policy } },
  );
}
