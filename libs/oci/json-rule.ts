export type JsonObject = Readonly<Record<string, unknown>>;

/** A rule that a manifest breaks, and where; parseManifest turns it into MANIFEST_INVALID. */
export class ManifestRuleError extends Error {
  readonly path: string;

  constructor(path: string, rule: string) {
    super(`${path}: ${rule}`);
    this.name = 'ManifestRuleError';
    this.path = path;
  }
}

export function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ManifestRuleError(path, 'not an object');
  }
  return value as JsonObject;
}

/** A map of strings to strings, as annotations are; undefined when it is missing or null. */
export function stringMapAt(value: unknown, path: string): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  const object = objectAt(value, path);
  for (const [key, item] of Object.entries(object)) {
    if (typeof item !== 'string' || !item.isWellFormed() || !key.isWellFormed()) {
      throw new ManifestRuleError(path, `${JSON.stringify(key.slice(0, 80))} is not a string`);
    }
  }
  return object as Readonly<Record<string, string>>;
}

/**
 * Go's decoder, which most clients use, takes `Layers` for `layers`. A manifest that would mean one thing to them and
 * another to us is refused.
 */
export function rejectLookalikes(object: JsonObject, fields: readonly string[], path: string): void {
  for (const key of Object.keys(object)) {
    if (fields.includes(key)) continue;
    const folded = key.toLowerCase();
    const field = fields.find((candidate) => candidate.toLowerCase() === folded);
    if (field !== undefined) {
      throw new ManifestRuleError(
        path,
        `the field ${JSON.stringify(key)} differs from "${field}" only in case`,
      );
    }
  }
}
