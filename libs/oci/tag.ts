/** The longest tag, in characters. */
export const MAX_TAG_LENGTH = 128;

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LOWERCASE_TAG = /^[a-z0-9_][a-z0-9._-]{0,127}$/;

/** The rules in words, for messages. */
export const TAG_RULE = `a tag is at most ${MAX_TAG_LENGTH} of letters, digits, "_", "." and "-", beginning with a letter, a digit or "_"`;
export const LOWERCASE_TAG_RULE = `a tag is at most ${MAX_TAG_LENGTH} of lower-case letters, digits, "_", "." and "-", beginning with a letter, a digit or "_"`;

/** The grammar of the OCI distribution specification, "Pulling manifests". */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The same without upper-case letters: what a registry with `tagNaming: "lowercase"` takes. */
export function isLowercaseTag(text: string): boolean {
  return LOWERCASE_TAG.test(text);
}
