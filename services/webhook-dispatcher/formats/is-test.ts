import type { CloudEvent } from '@berth/contracts';

/** True for a sample that somebody asked for, of what did not happen. */
export function isTest(event: CloudEvent): boolean {
  return (event.data as { test?: unknown }).test === true;
}
