import { type CollectionDefinition, createDocumentCheck } from '@berth/document-store';
import { OperatorError } from '../operator-error.ts';
import { type Dump, type DumpedDocument, documentsIn } from './read-dump.ts';

/**
 * Looks at a whole file without storing anything: its lines, and each document as its collection wants it, under an id of its own. OperatorError
 * naming the line and the rule. Returns how many documents it holds.
 */
export async function checkDump(dump: Dump): Promise<number> {
  const checks = new Map(dump.collections.map((definition) => [definition, createCheck(definition)]));
  let documents = 0;
  for await (const document of documentsIn(dump)) {
    checks.get(document.definition)?.(document);
    documents++;
  }
  return documents;
}

function createCheck(definition: CollectionDefinition): (document: DumpedDocument) => void {
  const check = createDocumentCheck(definition);
  const requireNextId = createOrderCheck(definition.name);
  const requireUnique = createUniqueCheck(definition);
  return (document) => {
    try {
      check(document.id, document.body);
    } catch (error) {
      throw new OperatorError(`${document.place}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    requireNextId(document);
    requireUnique(document);
  };
}

/** An export has the ids of a collection in the order of their bytes: so a doubled one is found without keeping all of them. */
function createOrderCheck(name: string): (document: DumpedDocument) => void {
  let last: Buffer | undefined;
  return ({ place, id }) => {
    const bytes = Buffer.from(id);
    if (last !== undefined && Buffer.compare(last, bytes) >= 0)
      throw new OperatorError(
        `${place}: ${name} "${id}" comes after "${last}": ids come in order, each once`,
      );
    last = bytes;
  };
}

/** Only people, settings and the like have values of their own: few enough to remember where they were. */
function createUniqueCheck({ name, unique = {} }: CollectionDefinition): (document: DumpedDocument) => void {
  const places = new Map<string, string>();
  return ({ place, body }) => {
    for (const [rule, fields] of Object.entries<readonly string[]>(unique)) {
      const values = fields.map((field) => (body as Record<string, unknown>)[field]);
      if (values.includes(undefined)) continue;
      const key = JSON.stringify([rule, ...values]);
      const other = places.get(key);
      if (other !== undefined)
        throw new OperatorError(
          `${place}: ${name} has the same ${fields.join(' and ')} as ${other}, and no two may: ${values.join(', ')}`,
        );
      places.set(key, place);
    }
  };
}
