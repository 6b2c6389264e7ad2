import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** The part of jest's results that is read here. */
export interface FileResult {
  /** Absolute. */
  readonly name: string;
  /** Of a file that could not be run at all, or all failures of its tests in one. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[] | null;
  }[];
}

const MAX_LINES = 10;

/** What failed, to be told at the end of a run, where a long report does not hide it: file, test and the head of its message. */
export function failuresOf(root: string, files: readonly FileResult[]): string[] {
  return files.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) return /\S/.test(message) ? [`${file}\n${head(message)}`] : [];
    return failed.map(
      ({ fullName, failureMessages }) => `${file} › ${fullName}\n${head(failureMessages?.[0] ?? message)}`,
    );
  });
}

function head(message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => /\S/.test(line) && !line.includes('/node_modules/'));
  return lines
    .slice(0, MAX_LINES)
    .map((line) => `    ${line.slice(0, 200)}`)
    .join('\n');
}
