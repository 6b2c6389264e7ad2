import type { Dispatcher } from 'undici';

export interface OutboundAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it was sent, at most as long as the request allowed. */
  readonly body: Buffer;
  /** There was more of the body; the connection was given up. */
  readonly isTruncated: boolean;
}

/** Reads as much of the body as is wanted, and gives up the connection where there is more, whatever `Content-Length` says. */
export async function readAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<OutboundAnswer> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    sizeBytes += piece.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (sizeBytes > maxBytes) break;
  }
  const whole = Buffer.concat(pieces);
  return {
    status: statusCode,
    headers,
    body: whole.subarray(0, maxBytes),
    isTruncated: sizeBytes > maxBytes,
  };
}
