import { isServiceError } from '@berth/contracts';
import type { SpanOptions } from '@berth/runtime';
import type { MethodCodec } from './method-codec.ts';

/** What the spans of both sides of a call say of it. That something is not there is an answer, no failure. */
export function rpcSpan({ name }: MethodCodec): Pick<SpanOptions, 'attributes' | 'isFailure'> {
  return { attributes: { 'rpc.system.name': 'nats', 'rpc.method': name }, isFailure };
}

function isFailure(error: unknown): boolean {
  return !isServiceError(error) || isServiceError(error, 'INTERNAL', 'UNAVAILABLE', 'DEADLINE_EXCEEDED');
}
