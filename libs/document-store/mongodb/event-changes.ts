import type { UpdateFilter } from 'mongodb';
import type { SentEvent, StoredDocument, StoredEvent } from './stored-document.ts';

type Update = UpdateFilter<StoredDocument>;

/** What a document knows of its events, at one state of it. */
export type EventState = Pick<StoredDocument, '_id' | 'version' | 'relayed' | 'events' | 'sentEvents'>;

/** A change of a document's events, and how many it is about. */
export interface EventChange {
  readonly count: number;
  readonly update: Update;
}

/** These of the waiting events were sent. Null when none of them waits. */
export function sentChange(
  { events = [] }: EventState,
  { sequences, sentAt }: { sequences: ReadonlySet<number>; sentAt: Date },
): EventChange | null {
  const sent = events.filter(({ sequence }) => sequences.has(sequence));
  if (sent.length === 0) return null;
  const waiting = events.filter(({ sequence }) => !sequences.has(sequence));
  return {
    count: sent.length,
    update: updating({
      set: waitingFields(waiting),
      more: {
        $push: { sentEvents: { $each: sent.map((event) => ({ ...event, sentAt })) } },
        $min: { sentFrom: sentAt },
      },
    }),
  };
}

/** Those that were sent since then wait again, before the others of their document. Null when there are none. */
export function resendChange(
  { events = [], sentEvents = [] }: EventState,
  sentSince: Date,
): EventChange | null {
  const lost = sentEvents.filter(({ sentAt }) => sentAt >= sentSince);
  if (lost.length === 0) return null;
  const kept = sentEvents.filter(({ sentAt }) => sentAt < sentSince);
  const waiting = [...lost.map(({ sentAt: _, ...event }) => event), ...events].sort(
    (a, b) => a.version - b.version,
  );
  return {
    count: lost.length,
    update: updating({ set: { ...waitingFields(waiting), ...keptFields(kept) } }),
  };
}

/** Those that were sent before then are forgotten. Null when there are none. */
export function pruneChange({ sentEvents = [] }: EventState, sentBefore: Date): EventChange | null {
  const kept = sentEvents.filter(({ sentAt }) => sentAt >= sentBefore);
  const count = sentEvents.length - kept.length;
  return count === 0 ? null : { count, update: updating({ set: keptFields(kept) }) };
}

interface Fields {
  readonly [field: string]: unknown;
}

function waitingFields(events: readonly StoredEvent[]): Fields {
  const [first] = events;
  return { events: first && events, unsent: first?.version };
}

function keptFields(sentEvents: readonly SentEvent[]): Fields {
  const times = sentEvents.map(({ sentAt }) => sentAt.getTime());
  const isEmpty = times.length === 0;
  return {
    sentEvents: isEmpty ? undefined : sentEvents,
    sentFrom: isEmpty ? undefined : new Date(Math.min(...times)),
  };
}

/** Fields without a value are taken away. */
function updating({ set, more = {} }: { set: Fields; more?: object }): Update {
  const present = Object.entries(set).filter(([, value]) => value !== undefined);
  const absent = Object.keys(set).filter((field) => set[field] === undefined);
  return {
    ...(present.length > 0 && { $set: Object.fromEntries(present) }),
    ...(absent.length > 0 && { $unset: Object.fromEntries(absent.map((field) => [field, ''])) }),
    $inc: { relayed: 1 },
    ...more,
  } as Update;
}
