import { readFileSync } from 'node:fs';

const MOST_OPEN_FILES = 65_536;

/** The hard limit: nginx raises its own soft one. */
export function openFileLimit(): number {
  try {
    const [, hard = ''] =
      /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return hard === 'unlimited' ? MOST_OPEN_FILES : Math.min(Number(hard) || 1_024, MOST_OPEN_FILES);
  } catch {
    return 1_024;
  }
}
