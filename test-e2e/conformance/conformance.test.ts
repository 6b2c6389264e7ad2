import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { E2eTarget } from '../support/e2e-target.ts';
import { describeWith } from '../support/needs-programs.ts';
import { startTarget } from '../support/start-target.ts';
import { EXPECTED_SKIPS, EXPECTED_VERDICTS } from './expected-skips.ts';
import { LEVELS, runConformance } from './run-conformance.ts';

describeWith({ programs: ['conformance'] }, 'the OCI conformance suite', () => {
  let target: E2eTarget;
  let folder: string;

  beforeAll(async () => {
    target = await startTarget();
    await target.createRegistry('conformance');
    folder = await temporaryFolder();
  });

  afterAll(() => target?.stop());

  test.each(LEVELS)('at %s has no failure and skips only what it must', async (level) => {
    const result = await runConformance(target, level, folder);
    expect({ failures: result.failures, errors: result.errors }).toEqual({ failures: [], errors: 0 });
    expect([...new Set(result.skipped)].sort()).toEqual(Object.keys(EXPECTED_SKIPS[level]).sort());
    const notPassed = Object.entries(result.verdicts).filter(([, verdict]) => verdict !== 'Pass');
    expect(Object.fromEntries(notPassed)).toEqual(EXPECTED_VERDICTS[level]);
    const passed = result.tests - result.skipped.length;
    const page = await readFile(join(import.meta.dirname, '../../docs/CONFORMANCE.md'), 'utf8');
    expect(page).toContain(`| ${level} | ${result.tests} | ${passed} | 0 | ${result.skipped.length} |`);
  });
});
