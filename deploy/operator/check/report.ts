/** One thing that is not as it should be; found twice. */
export interface Finding {
  /** `missing`, `wrongSize`, `wrongDigest`, `orphaned`, or what metadata found: `danglingLink` … */
  readonly problem: string;
  /** Of the blob, key or document. */
  readonly id: string;
  readonly detail: string;
  /** Those that would miss it, as far as known. */
  readonly repositories: readonly string[];
  readonly isRepaired: boolean;
}

export interface Report {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly examined: Readonly<Record<string, number>>;
  /** What makes the findings doubtful. */
  readonly warnings: readonly string[];
  readonly findings: readonly Finding[];
  /** Found besides, beyond what is listed. */
  readonly omitted: number;
  /** Nothing is left to be done. */
  readonly isClean: boolean;
}

const LISTED = 10_000;

/** Gathers findings and counts in bounded memory. */
export function createRecorder(now: () => Date) {
  const startedAt = now().toISOString();
  const examined: Record<string, number> = {};
  const found: Record<string, number> = {};
  const warnings: string[] = [];
  const findings: Finding[] = [];
  let omitted = 0;
  let open = 0;
  return {
    count(what: string, number = 1) {
      examined[what] = (examined[what] ?? 0) + number;
    },
    warn(text: string) {
      warnings.push(text);
    },
    add(finding: Finding) {
      found[finding.problem] = (found[finding.problem] ?? 0) + 1;
      if (!finding.isRepaired) open++;
      if (findings.length < LISTED) findings.push(finding);
      else omitted++;
    },
    get examined(): Readonly<Record<string, number>> {
      return examined;
    },
    /** How often each problem was found. */
    get found(): Readonly<Record<string, number>> {
      return found;
    },
    report(): Report {
      const finishedAt = now().toISOString();
      return { startedAt, finishedAt, examined, warnings, findings, omitted, isClean: open === 0 };
    },
  };
}
export type Recorder = ReturnType<typeof createRecorder>;

/** For a person. */
export function textOf({ examined, warnings, findings, omitted, isClean }: Report): string {
  const counts = Object.entries(examined).map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`);
  const lines = [
    ...warnings.map((text) => `warning: ${text}`),
    ...findings.map(
      ({ problem, id, detail, repositories, isRepaired }) =>
        `${isRepaired ? 'repaired ' : ''}${problem}: ${id}: ${detail}${
          repositories.length === 0 ? '' : ` (${repositories.join(', ')})`
        }`,
    ),
  ];
  if (omitted > 0) lines.push(`and ${omitted} more`);
  const again = [
    ...new Set(
      findings.filter(({ problem }) => LOST.has(problem)).flatMap(({ repositories }) => repositories),
    ),
  ];
  if (again.length > 0) lines.push(`push again what is tagged in: ${again.join(', ')}`);
  return `${[...lines, `${isClean ? 'all is well' : 'not all is well'}: ${counts.join(', ')}`].join('\n')}\n`;
}

const LOST = new Set(['missing', 'wrongSize', 'wrongDigest', 'missingReference']);
