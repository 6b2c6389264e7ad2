import { type Readable, Transform } from 'node:stream';
import type { Descriptor } from '@berth/oci';
import { isRegistryClientError, RegistryClientError } from '@berth/registry-client';
import type { CopyParts } from './copy-side.ts';
import { throttled } from './throttle.ts';

/** A larger blob goes in chunks of this size, so that a cut costs one chunk. */
const CHUNK_BYTES = 32 * 1024 * 1024;

/**
 * Copies a blob unless it is there; from another repository of the destination where it has it. A whole one is verified on the way; of
 * one in chunks the destination verifies the digest.
 */
export async function copyBlob(parts: CopyParts, blob: Descriptor): Promise<void> {
  const { destination, signal, places, pace } = parts;
  const { origin } = destination.client;
  const key = `${origin} ${blob.digest} ${pace?.bytesPerSecond ?? ''}`;
  await places.alone(key, signal, () => sendBlob(parts, blob));
  places.note(origin, blob.digest, destination.repository);
}

async function sendBlob(parts: CopyParts, { digest, size }: Descriptor): Promise<void> {
  const { source, destination, signal } = parts;
  signal.throwIfAborted();
  if ((await destination.client.blobs.head(destination.repository, digest, { isPush: true })) !== null) {
    parts.onBytes({ skipped: size });
    return;
  }

  async function open(start: number, end: number): Promise<Readable> {
    const isWhole = start === 0 && end === size;
    const { stream, isPartial } = await source.client.blobs.get(source.repository, digest, {
      ...(!isWhole && { range: { start, end: end - 1 } }),
      signal,
    });
    if (isWhole === isPartial) {
      stream.destroy();
      throw new RegistryClientError('PROTOCOL', `${source.client.origin} gives no ranges of blob ${digest}`);
    }
    return counted(stream);
  }

  function counted(stream: Readable): Readable {
    const { pace } = parts;
    const paced = pace === undefined ? stream : throttled(stream, pace, signal);
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        parts.onBytes({ copied: chunk.byteLength });
        callback(null, chunk);
      },
    });
    paced.on('error', (error) => counter.destroy(error));
    counter.on('close', () => paced.destroy());
    return paced.pipe(counter);
  }

  const { origin } = destination.client;
  const blob = `${origin} ${destination.repository} ${digest}`;
  const begun = parts.uploads.find(blob);
  try {
    const isSent = await destination.client.blobs.push(
      destination.repository,
      digest,
      { sizeBytes: size, open },
      {
        ...{ method: size > CHUNK_BYTES ? 'chunked' : 'patch', chunkBytes: CHUNK_BYTES, signal },
        mount: parts.places.find(origin, digest) ?? true,
        ...(begun !== undefined && { begun }),
        onUpload: (location) => parts.uploads.note(blob, location),
      },
    );
    if (!isSent) parts.onBytes({ skipped: size });
    parts.uploads.note(blob);
  } catch (error) {
    // What it was refused with would be refused again.
    if (isRegistryClientError(error, 400, 404, 416)) parts.uploads.note(blob);
    throw error;
  }
}
