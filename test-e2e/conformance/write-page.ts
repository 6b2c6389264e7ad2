import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceBetweenMarkers } from '../support/replace-between-markers.ts';
import { startTarget } from '../support/start-target.ts';
import { EXPECTED_SKIPS } from './expected-skips.ts';
import { type ConformanceResult, LEVELS, runConformance } from './run-conformance.ts';

/** Runs the suite at both levels and writes its figures into docs/CONFORMANCE.md. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-conformance-'));
  const target = await startTarget();
  try {
    await target.createRegistry('conformance');
    const results: ConformanceResult[] = [];
    for (const level of LEVELS) results.push(await runConformance(target, level, folder));
    const page = join(import.meta.dirname, '../../docs/CONFORMANCE.md');
    await replaceBetweenMarkers(page, 'conformance', pageText(results));
  } finally {
    await target.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function pageText(results: readonly ConformanceResult[]): string {
  const lines = ['| level | tests | passed | failed | skipped |', '|---|---:|---:|---:|---:|'];
  for (const { level, tests, failures, errors, skipped } of results) {
    const failed = failures.length + errors;
    lines.push(
      `| ${level} | ${tests} | ${tests - failed - skipped.length} | ${failed} | ${skipped.length} |`,
    );
  }
  for (const { level, skipped, failures } of results) {
    lines.push('', `Skipped at ${level}:${skipped.length === 0 ? ' nothing.' : ''}`);
    if (skipped.length > 0) lines.push('');
    for (const name of new Set(skipped))
      lines.push(`- \`${name}\`: ${EXPECTED_SKIPS[level][name] ?? 'unexpected'}`);
    for (const name of failures) lines.push(`- failed: \`${name}\``);
  }
  return lines.join('\n');
}

await main();
