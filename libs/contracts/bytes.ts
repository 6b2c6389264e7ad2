import { type TUnsafe, Type } from '@sinclair/typebox';

/**
 * Schema of raw bytes in an RPC message. At most one top-level field of a message may be declared so;
 * the bus then carries it behind the JSON, never as text (see libs/bus).
 */
export function Bytes(options: { readonly maxBytes: number }): TUnsafe<Uint8Array> {
  return Type.Unsafe<Uint8Array>({ 'x-bytes': options.maxBytes });
}
