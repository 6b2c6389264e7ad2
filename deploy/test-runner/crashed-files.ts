import type { FileResult } from './failures.ts';

/**
 * The test files whose process died of a broken memory access or of a check inside V8. Node does that now and then under jest, whose modules need
 * `--experimental-vm-modules`: it is no verdict on a test.
 */
export function crashedFiles(results: readonly FileResult[]): string[] {
  return results.flatMap(({ name, message }) =>
    /A jest worker process \(pid=\d+\) was terminated by another process: signal=(SIGSEGV|SIGBUS|SIGTRAP|SIGILL)/.test(
      message,
    )
      ? [name]
      : [],
  );
}
