import type {
  CloudEvent,
  EventType,
  RpcMethod,
  RpcRequest,
  RpcResponse,
  ServiceName,
  Signal,
} from '@berth/contracts';

export interface CallOptions {
  /** Default 5,000. The deadline travels with the request. */
  readonly timeoutMs?: number;
  /** For the logs of both sides. */
  readonly requestId?: string;
}

/** What a handler knows besides the request. */
export interface CallContext {
  readonly requestId: string;
  /** Epoch milliseconds after which nobody waits for the answer. */
  readonly deadline: number;
}

export type RpcHandler<M extends RpcMethod> = (
  request: RpcRequest<M>,
  context: CallContext,
) => Promise<RpcResponse<M>>;

/** The half of the bus that use cases need to ask other services. */
export interface RpcCaller {
  /**
   * Rejects with the ServiceError that the server threw; UNAVAILABLE when disconnected or nobody serves it,
   * DEADLINE_EXCEEDED when no answer came in time, REQUEST_INVALID when the request does not fit its schema.
   */
  call<M extends RpcMethod>(
    method: M,
    request: RpcRequest<M>,
    options?: CallOptions,
  ): Promise<RpcResponse<M>>;
}

/** The half that serves. */
export interface RpcServer {
  /** Answers the method in the queue group of its service. A ServiceError crosses whole; anything else is INTERNAL and logged. */
  serve<M extends RpcMethod>(method: M, handler: RpcHandler<M>): void;
}

export interface EventPublisher {
  /** Best effort, no waiting, no acknowledgement: only for `artifact.pulled`. */
  publishAndForget<T extends EventType>(event: CloudEvent<T>): void;
}

/** What the relay needs of an outbox; @berth/document-store has it. */
export interface RelayedOutbox {
  unsent(
    limit: number,
  ): Promise<readonly { id: string; subject: string; payload: string; sequence: number }[]>;
  markSent(sequences: readonly number[], sentAt: Date): Promise<void>;
  resend(sentSince: Date): Promise<number>;
  prune(sentBefore: Date): Promise<number>;
  onAppend(listener: () => void): () => void;
}

export type EventHandler = (event: CloudEvent, delivery: { readonly attempt: number }) => Promise<void>;

export interface ConsumeOptions {
  /**
   * Makes durable what the handlers have done. With it an event is acknowledged not when it is handled but after the next
   * call, which all share that were handled before it: 200 ms after the first of them, or at once for 64. The next event
   * of an object does not wait for it. Throwing asks for redelivery of them all.
   */
  readonly settle?: (() => Promise<void>) | undefined;
}

/**
 * How far a follower has come, for its owner to keep: the last event taken, and in which stream. `time` never goes back
 * while the stream is the same.
 */
export interface StreamPosition {
  /** When the stream was made, RFC 3339: another one counts from 1 again. */
  readonly stream: string;
  readonly sequence: number;
  /** RFC 3339; when the bus stored it. */
  readonly time: string;
}

export interface FollowedEvents {
  /** At most 256, in the order of the stream; those of other types are left out. */
  readonly events: readonly CloudEvent[];
  /** The place of each of them in the stream. */
  readonly sequences: readonly number[];
  /** Where one is when these are taken. */
  readonly position: StreamPosition;
  /** Copies an event that can never be taken to the poison stream, with an error in the log. Rejects when it cannot be kept now. */
  putAside(event: CloudEvent, error: unknown): Promise<void>;
}

export interface FollowOptions {
  /** Who follows; for the poison stream and the log. */
  readonly service: ServiceName;
  readonly types: readonly EventType[];
  /** Null: from the oldest event that the stream has. */
  readonly from: StreamPosition | null;
  /** One batch at a time. A batch for which it throws comes again, with growing pauses, until it is taken. */
  readonly onEvents: (batch: FollowedEvents) => Promise<void>;
}

export interface Signaller {
  /** Best effort, no waiting; it leaves before an answer that is sent after it. */
  signal(signal: Signal): void;
}

export interface Listening {
  stop(): void;
}

/** One connection per process. */
export interface Bus extends RpcCaller, RpcServer, EventPublisher, Signaller {
  readonly isConnected: boolean;
  /** A round trip to the bus, within two seconds; rejects with the reason while it cannot be used. For readiness. */
  check(): Promise<void>;
  /** Relays stored events to JetStream, the event id as `Nats-Msg-Id`, in order, until the bus is closed. */
  relay(outbox: RelayedOutbox): { stop(): Promise<void> };
  /** A durable pull consumer for a service. Throwing asks for redelivery. */
  consume(
    service: ServiceName,
    types: readonly EventType[],
    handler: EventHandler,
    options?: ConsumeOptions,
  ): Promise<{ stop(): Promise<void> }>;
  /**
   * Reads the event stream in its order from a position that the owner keeps. An event may come again, also after newer
   * ones: at the start, after each new connection and when the bus lost events or was replaced it steps back, so that none
   * is missed. What is no event goes aside to the poison stream. For types without best-effort ones.
   */
  follow(options: FollowOptions): { stop(): Promise<void> };
  /**
   * Hears best-effort events as they pass by, each in one copy of the service; errors of the handler are logged at
   * debug, and what comes faster than it is handled is dropped.
   */
  listen(service: ServiceName, type: EventType, handler: (event: CloudEvent) => Promise<void>): Listening;
  /** Every copy hears a signal, as long as it is connected; one that was not hears it when it is again, as it may have missed some. */
  onSignal(signal: Signal, handler: () => void): Listening;
  /** Answers what is under way, then disconnects. */
  close(): Promise<void>;
}
