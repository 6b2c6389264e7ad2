import type { Bus } from '@berth/bus';
import { type CloudEvent, type EventType, eventSubject } from '@berth/contracts';

/** Puts events on a bus as another service does: from an outbox, which loses none when the bus does. */
export function relayFrom(bus: Bus): (event: CloudEvent) => void {
  const entries: { id: string; subject: string; payload: string; sequence: number; isSent: boolean }[] = [];
  const listeners = new Set<() => void>();
  bus.relay({
    unsent: async (limit) => entries.filter(({ isSent }) => !isSent).slice(0, limit),
    async markSent(sequences) {
      for (const entry of entries) if (sequences.includes(entry.sequence)) entry.isSent = true;
    },
    async resend() {
      for (const entry of entries) entry.isSent = false;
      return entries.length;
    },
    prune: async () => 0,
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return (event) => {
    const subject = eventSubject(event.type.slice('berth.'.length) as EventType);
    const payload = JSON.stringify(event);
    entries.push({ id: event.id, subject, payload, sequence: entries.length + 1, isSent: false });
    for (const listener of listeners) listener();
  };
}
