import type { CloudEvent } from '@berth/contracts';
import { eventSubject } from '@berth/contracts';
import type { RelayedOutbox } from '../../index.ts';

interface Entry {
  readonly id: string;
  readonly subject: string;
  readonly payload: string;
  readonly sequence: number;
  sentAt: number | null;
}

/** An outbox as a document store keeps it, in memory. */
export class MemoryOutbox implements RelayedOutbox {
  readonly entries: Entry[] = [];
  readonly #listeners = new Set<() => void>();

  append(event: CloudEvent): void {
    this.entries.push({
      id: event.id,
      subject: eventSubject(event.type.slice('berth.'.length) as never),
      payload: JSON.stringify(event),
      sequence: this.entries.length + 1,
      sentAt: null,
    });
    for (const listener of this.#listeners) listener();
  }

  get unsentCount(): number {
    return this.entries.filter((entry) => entry.sentAt === null).length;
  }

  async unsent(limit: number): Promise<readonly Entry[]> {
    return this.entries.filter((entry) => entry.sentAt === null).slice(0, limit);
  }

  async markSent(sequences: readonly number[], sentAt: Date): Promise<void> {
    const marked = new Set(sequences);
    for (const entry of this.entries) if (marked.has(entry.sequence)) entry.sentAt = sentAt.getTime();
  }

  async resend(sentSince: Date): Promise<number> {
    let count = 0;
    for (const entry of this.entries) {
      if (entry.sentAt === null || entry.sentAt < sentSince.getTime()) continue;
      entry.sentAt = null;
      count += 1;
    }
    return count;
  }

  async prune(): Promise<number> {
    return 0;
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
