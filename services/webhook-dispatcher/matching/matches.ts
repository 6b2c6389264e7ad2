import type { CloudEvent } from '@berth/contracts';
import { compileFilter } from '@berth/globs';
import type { WebhookDocument } from '../documents/webhook.ts';
import { isAttached } from './is-attached.ts';

/**
 * Clocks of services differ by so much at most: a webhook gets the events that were committed after it was made. An event
 * that was taken before had found its webhooks then.
 */
const CLOCK_SKEW_MS = 5 * 60_000;

export type Matching = Pick<
  WebhookDocument,
  'events' | 'images' | 'includeAttached' | 'enabled' | 'listensSince'
>;

/** Does the webhook, of this event's registry or of all, want the event? Events of no image pass every pattern. */
export function matches(
  webhook: Matching,
  event: CloudEvent,
  { isReadAgain }: { readonly isReadAgain: boolean } = { isReadAgain: false },
): boolean {
  if (!webhook.enabled || !webhook.events.includes(typeOf(event))) return false;
  const skewMs = isReadAgain ? 0 : CLOCK_SKEW_MS;
  if (Date.parse(event.time) < webhook.listensSince - skewMs) return false;
  if (!webhook.includeAttached && isAttached(event)) return false;
  const { image } = event.data as { image?: unknown };
  if (webhook.images === undefined || typeof image !== 'string') return true;
  return testOf(webhook.images)(image);
}

type Test = (image: string) => boolean;
const tests = new WeakMap<readonly string[], Test>();

/** Patterns of one webhook, compiled once for as long as it is in memory. */
function testOf(patterns: readonly string[]): Test {
  const known = tests.get(patterns);
  if (known !== undefined) return known;
  const made = compileFilter({ match: [...patterns] });
  tests.set(patterns, made);
  return made;
}

/** `artifact.pushed` of `berth.artifact.pushed` */
export function typeOf(event: CloudEvent): string {
  return event.type.slice('berth.'.length);
}
