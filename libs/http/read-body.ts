import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

/**
 * The whole body of a request.
 *
 * @throws HttpError BODY_TOO_LARGE (413) as soon as it is known, BODY_CUT (400) when the client stopped before the end
 */
export function readBody(request: IncomingMessage, options: { readonly maxBytes: number }): Promise<Buffer> {
  const { maxBytes } = options;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const settle = (act: () => void) => {
      request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      act();
    };
    const onData = (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      chunks.push(chunk);
      if (sizeBytes <= maxBytes) return;
      request.pause();
      settle(() => reject(tooLarge(maxBytes)));
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onCut = (cause?: unknown) => settle(() => reject(cut(cause)));
    if (request.destroyed && !request.readableEnded) reject(cut(request.errored));
    else request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, 'BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`);
}

function cut(cause: unknown): HttpError {
  return new HttpError(400, 'BODY_CUT', 'the body ended before its announced end', { cause });
}
