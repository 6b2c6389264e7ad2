import { compileSchema, type RpcMethod, rpcSubject } from '@berth/contracts';
import { bytesFieldOf } from './rpc-frame.ts';

type Check = ReturnType<typeof compileSchema>;

/** What sending and serving one method needs, worked out once. */
export interface MethodCodec {
  readonly name: string;
  readonly subject: string;
  readonly requestBytes: string | null;
  readonly responseBytes: string | null;
  readonly checkRequest: Check;
  readonly checkResponse: Check;
}

const codecs = new WeakMap<RpcMethod, MethodCodec>();

/** Compiles the schemas of a method at its first use. */
export function codecOf(method: RpcMethod): MethodCodec {
  const known = codecs.get(method);
  if (known !== undefined) return known;
  const codec: MethodCodec = {
    name: `${method.service}.${method.method}`,
    subject: rpcSubject(method),
    requestBytes: bytesFieldOf(method.request),
    responseBytes: bytesFieldOf(method.response),
    checkRequest: compileSchema(method.request),
    checkResponse: compileSchema(method.response),
  };
  codecs.set(method, codec);
  return codec;
}
