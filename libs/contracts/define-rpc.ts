import type { Static, TObject } from '@sinclair/typebox';

export type ServiceName =
  | 'distribution-api'
  | 'metadata'
  | 'auth-token'
  | 'webhook-dispatcher'
  | 'retention-cleaner'
  | 'replicator'
  | 'console';

/** One RPC: who serves it, what goes in, what comes out. Errors are ServiceErrors. */
export interface RpcMethod<Request extends TObject = TObject, Response extends TObject = TObject> {
  readonly service: ServiceName;
  readonly method: string;
  readonly request: Request;
  readonly response: Response;
  /** Safe to send again when no answer came: reads, and writes that say so themselves. */
  readonly isRead: boolean;
}

export type RpcRequest<M> = M extends RpcMethod<infer R, TObject> ? Static<R> : never;
export type RpcResponse<M> = M extends RpcMethod<TObject, infer R> ? Static<R> : never;

export function defineRpc<Request extends TObject, Response extends TObject>(
  definition: RpcMethod<Request, Response>,
): RpcMethod<Request, Response> {
  return definition;
}
