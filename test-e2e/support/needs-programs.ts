import { describe, test } from '@jest/globals';
import { programPath } from './find-program.ts';
import { settings } from './settings.ts';

/**
 * `describe` for a suite that needs programs of the machine. Where one is missing, or `obstacle` names a reason, the
 * suite is skipped under a name that says why, or fails when BERTH_TEST_REQUIRE_TOOLS=1 says that all must run.
 */
export function describeWith(
  needs: { readonly programs: readonly string[]; readonly obstacle?: string | null },
  name: string,
  suite: () => void,
): void {
  const missing = needs.programs.filter((program) => programPath(program) === null);
  const reason = missing.length > 0 ? `missing: ${missing.join(', ')}` : (needs.obstacle ?? null);
  if (reason === null) describe(name, suite);
  else if (settings.requirePrograms) {
    test(name, () => {
      throw new Error(reason);
    });
  } else describe.skip(`${name} (${reason})`, suite);
}

/** For suites that mount file systems or start dockerd. */
export function rootObstacle(): string | null {
  return process.getuid?.() === 0 ? null : 'needs root';
}
