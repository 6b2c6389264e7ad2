import type { StoreOptions } from './open-document-store.ts';

/** Who wants to know of commits with events. One that throws is logged, and the others are called. */
export interface Listeners {
  /** Returns the unsubscribe function. */
  add(listener: () => void): () => void;
  announce(): void;
}

export function createListeners(logger: StoreOptions['logger']): Listeners {
  const listeners = new Set<() => void>();
  return {
    add(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    announce() {
      for (const listener of listeners) {
        try {
          listener();
        } catch (error) {
          logger?.warn('a listener of the outbox failed', { reason: String(error) });
        }
      }
    },
  };
}
