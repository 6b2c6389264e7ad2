import type { StoreErrorCode } from '../store-error.ts';
import type { CollectionLayout, SqlValue } from './collection-layout.ts';

/** Id, subject, payload. */
export type EventRow = readonly [string, string, string];

interface WriteTo {
  /** The number under which the collection was defined. */
  readonly collection: number;
  readonly id: string;
  readonly version: number;
}

/** One mutation as the writer thread executes it. */
export type WriteRow =
  | (WriteTo & {
      readonly kind: 'insert' | 'replace';
      /** For `replace`. */
      readonly expectedVersion: number;
      readonly body: string;
      readonly columns: readonly SqlValue[];
      /** Per list index of the collection, the rows it is to have there. */
      readonly lists: readonly (readonly SqlValue[][])[];
      /** Null: none; a replacement then leaves them as they are. */
      readonly bytes: Uint8Array | null;
      readonly events: readonly EventRow[];
    })
  | (WriteTo & {
      readonly kind: 'remove';
      readonly expectedVersion: number;
      readonly events: readonly EventRow[];
    })
  | (WriteTo & {
      readonly kind: 'increment';
      readonly increments: Readonly<Record<string, number>>;
      readonly maxima: Readonly<Record<string, number | string>>;
    });

/** What is executed as one: it ends up in one commit, others may share it. */
export type Command =
  | { readonly kind: 'write'; readonly writes: readonly WriteRow[] }
  | { readonly kind: 'define'; readonly collection: number; readonly layout: CollectionLayout }
  | { readonly kind: 'markSent'; readonly sequences: readonly number[]; readonly sentAt: number }
  | { readonly kind: 'resend'; readonly sentSince: number }
  | { readonly kind: 'prune'; readonly sentBefore: number }
  | { readonly kind: 'check' };

/** An error on its way between the threads. */
export interface Failure {
  readonly code: StoreErrorCode;
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Of one command: how much was done (writes, or rows of the outbox), and why no more. */
export interface Outcome {
  readonly done: number;
  readonly failure?: Failure;
}

export interface WriterOptions {
  readonly path: string;
  readonly maxSizeBytes?: number;
  /** Of the CheckpointSignal. */
  readonly signal: SharedArrayBuffer;
}

export type ToWriter =
  | { readonly kind: 'batch'; readonly durable: boolean; readonly commands: readonly Command[] }
  | { readonly kind: 'close' };

export type FromWriter =
  | { readonly kind: 'opened'; readonly lastVersion: number }
  /** `fsynced`: something durable was committed. */
  | { readonly kind: 'committed'; readonly outcomes: readonly Outcome[]; readonly fsynced: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'closed' };
