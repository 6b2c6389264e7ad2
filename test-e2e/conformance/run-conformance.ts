import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { E2eTarget } from '../support/e2e-target.ts';
import { tryProgram } from '../support/run-program.ts';

/** The released specification, and the one with what is agreed for the next. */
export const LEVELS = ['1.1', '1.1+dev'] as const;
export type Level = (typeof LEVELS)[number];

export interface ConformanceResult {
  readonly level: Level;
  readonly tests: number;
  readonly failures: readonly string[];
  readonly errors: number;
  /** Names of the skipped tests; one that the suite skips several times stands here as often. */
  readonly skipped: readonly string[];
  /** Each API and kind of data with the suite's verdict: `Blob get: Pass`. */
  readonly verdicts: Readonly<Record<string, string>>;
}

/** Runs the OCI suite with repositories of the registry `conformance`, which must exist. */
export async function runConformance(
  target: E2eTarget,
  level: Level,
  parent: string,
): Promise<ConformanceResult> {
  const folder = await mkdtemp(join(parent, 'conformance-'));
  const env = {
    HOME: folder,
    OCI_REGISTRY: target.host,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'conformance/first',
    OCI_REPO2: 'conformance/second',
    OCI_USERNAME: target.username,
    OCI_PASSWORD: target.password,
    OCI_VERSION: level,
    OCI_CACHE_AUTH: 'false',
  };
  const { output } = await tryProgram('conformance', [], { env, cwd: folder, timeoutMs: 300_000 });
  const results = join(folder, 'results');
  // A run that could not even be configured ends with exit code 0 and leaves no results.
  const yaml = await readFile(join(results, 'results.yaml'), 'utf8').catch(() => {
    throw new Error(`the suite left no results.yaml:\n${output}`);
  });
  return {
    level,
    ...readJunit(await readFile(join(results, 'junit.xml'), 'utf8')),
    verdicts: readVerdicts(yaml),
  };
}

function readJunit(xml: string): Pick<ConformanceResult, 'tests' | 'failures' | 'errors' | 'skipped'> {
  const total = (name: string): number =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const named = (status: string): string[] =>
    [...xml.matchAll(new RegExp(`<testcase name="([^"]*)"[^>]*status="${status}"`, 'g'))].map((match) =>
      (match[1] ?? '').replace('OCI Conformance Test/', ''),
    );
  const failures = named('failure');
  const count = total('failures');
  if (count > failures.length) failures.push(`and ${count - failures.length} of groups of tests`);
  return { tests: total('tests'), failures, errors: total('errors'), skipped: named('skipped') };
}

/** The sections `apis` and `data` of results.yaml, which are flat. */
function readVerdicts(yaml: string): Record<string, string> {
  const verdicts: Record<string, string> = {};
  const sections = yaml.slice(yaml.indexOf('\napis:\n'));
  for (const match of sections.matchAll(/^ {2}([^:]+): (\w+)$/gm)) verdicts[match[1] ?? ''] = match[2] ?? '';
  return verdicts;
}
