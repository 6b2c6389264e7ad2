import { type Static, Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { OperatorError } from '../operator-error.ts';

/** The first line of a file, one per service. */
export const Header = Type.Object({
  berthExport: Type.Literal(1, { description: 'the version of the format' }),
  service: Type.String(),
  takenAt: Type.String(),
});
export type Header = Static<typeof Header>;

/** A line per document. */
export const DocumentLine = Type.Object({
  collection: Type.String(),
  id: Type.String(),
  /** Without the field that holds bytes. */
  body: Type.Record(Type.String(), Type.Unknown()),
  /** That field, in base64. */
  bytes: Type.Optional(Type.String()),
});
export type DocumentLine = Static<typeof DocumentLine>;

/** The last line: a file without it was cut. */
export const Footer = Type.Object({ end: Type.Literal(true), documents: Type.Integer({ minimum: 0 }) });
export type Footer = Static<typeof Footer>;

export type DumpLine = Header | DocumentLine | Footer;

const ajv = new Ajv();
const validators = {
  header: ajv.compile<Header>(Header),
  document: ajv.compile<DocumentLine>(DocumentLine),
  footer: ajv.compile<Footer>(Footer),
};

/** Which of the three a line is. OperatorError naming the place (`metadata.jsonl:7`) and the rule. */
export function parseLine(text: string, place: string): DumpLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new OperatorError(`${place} is no JSON: the file is damaged, or was cut`);
  }
  if (typeof line === 'object' && line !== null) {
    const kind = 'collection' in line ? 'document' : 'end' in line ? 'footer' : 'header';
    const validate = validators[kind];
    if (validate(line)) return line;
    const [error] = validate.errors ?? [];
    throw new OperatorError(
      `${place} is no ${kind} of an export: ${error?.instancePath ?? ''} ${error?.message}`,
    );
  }
  throw new OperatorError(`${place} is no line of an export`);
}
