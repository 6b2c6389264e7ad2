import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { CollectionDefinition } from '@berth/document-store';
import { OperatorError } from '../operator-error.ts';
import { type DocumentLine, parseLine } from './dump-lines.ts';

/** The file of one service in an export. */
export interface Dump {
  readonly service: string;
  readonly collections: readonly CollectionDefinition[];
  readonly file: string;
}

/** A document as it is to be stored, with its bytes in its body. */
export interface DumpedDocument {
  /** `metadata.jsonl:7` */
  readonly place: string;
  readonly definition: CollectionDefinition;
  readonly id: string;
  readonly body: object;
}

/** The documents of a file, in its order. OperatorError naming the line and the rule where it is no whole export. */
export async function* documentsIn({ service, collections, file }: Dump): AsyncGenerator<DumpedDocument> {
  const known = new Map(collections.map((definition) => [definition.name, definition]));
  const name = `${service}.jsonl`;
  let number = 0;
  let documents = 0;
  let isEnded = false;
  for await (const text of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const place = `${name}:${++number}`;
    if (isEnded) throw new OperatorError(`${place} comes after the end of the export`);
    const line = parseLine(text, place);
    if ('berthExport' in line) {
      if (number !== 1 || line.service !== service)
        throw new OperatorError(`${place} is the header of an export of ${line.service}, not of ${service}`);
    } else if (number === 1) {
      throw new OperatorError(`${place} is no header of an export`);
    } else if ('end' in line) {
      isEnded = true;
      if (line.documents !== documents)
        throw new OperatorError(
          `${name} has ${documents} documents, its end says ${line.documents}: it is damaged`,
        );
    } else {
      const definition = known.get(line.collection);
      if (definition === undefined)
        throw new OperatorError(
          `${place} is of "${line.collection}", which this release of ${service} does not keep`,
        );
      documents++;
      yield { place, definition, id: line.id, body: wholeBody(line, definition, place) };
    }
  }
  if (!isEnded) throw new OperatorError(`${name} has no end: it was cut, take the export again`);
}

function wholeBody(
  { body, bytes }: DocumentLine,
  { name, bytesField }: { name: string; bytesField?: string | undefined },
  place: string,
): object {
  if (bytes === undefined) return body;
  const decoded = Buffer.from(bytes, 'base64');
  if (bytesField === undefined || decoded.toString('base64') !== bytes)
    throw new OperatorError(`${place} has bytes that are no base64, or that ${name} do not have`);
  return { ...body, [bytesField]: decoded };
}
