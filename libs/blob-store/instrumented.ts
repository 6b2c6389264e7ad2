import type { Readable } from 'node:stream';
import { type CounterMetric, type HistogramMetric, inSpan, type Metrics } from '@berth/runtime';
import { isBlobStoreError } from './blob-store-error.ts';
import type { BlobStore, BlobWriter } from './port.ts';

interface Meters {
  readonly seconds: HistogramMetric;
  readonly bytes: CounterMetric;
}

type Measure = <T>(operation: string, run: () => Promise<T>) => Promise<T>;

/**
 * The same store with its operations timed and its bytes counted:
 * `berth_blob_store_operation_seconds{operation, result}` (`ok`, an error code, or `ERROR`) and
 * `berth_blob_store_bytes_total{direction}` (`read`, `written`). Appends are counted, not timed: `flush` and `append`
 * that fails are. Bytes that a gateway or client fetches by `locate` do not come by here.
 */
export function instrumented(store: BlobStore, metrics: Metrics): BlobStore {
  const meters: Meters = {
    seconds: metrics.histogram({
      name: 'berth_blob_store_operation_seconds',
      help: 'Duration of blob store operations.',
      labels: ['operation', 'result'],
    }),
    bytes: metrics.counter({
      name: 'berth_blob_store_bytes_total',
      help: 'Bytes that passed between this process and the blob store.',
      labels: ['direction'],
    }),
  };
  const measure: Measure = async (operation, run) => {
    const startedAt = performance.now();
    let result = 'ok';
    try {
      const attributes = { 'berth.blob_store.operation': operation };
      return await inSpan(`blob store ${operation}`, { kind: 'client', attributes }, run);
    } catch (error) {
      result = resultOf(error);
      throw error;
    } finally {
      meters.seconds.observe((performance.now() - startedAt) / 1000, { operation, result });
    }
  };
  const writer = async (opened: Promise<BlobWriter>) => instrumentedWriter(await opened, measure, meters);
  const reader = async (opened: Promise<Readable>) => countRead(await opened, meters);

  return {
    create: (key) => measure('create', () => writer(store.create(key))),
    resume: (key, sizeBytes, state) => measure('resume', () => writer(store.resume(key, sizeBytes, state))),
    complete: (key, state) => measure('complete', () => store.complete(key, state)),
    readPartial: (key, sizeBytes, state) =>
      measure('readPartial', () => reader(store.readPartial(key, sizeBytes, state))),
    takeOver: (key, from) => measure('takeOver', () => store.takeOver(key, from)),
    read: (key, range) => measure('read', () => reader(store.read(key, range))),
    readSmall(key, sizeBytes) {
      const bytes = store.readSmall(key, sizeBytes);
      return bytes instanceof Promise ? measure('readSmall', () => countSmall(bytes, meters)) : bytes;
    },
    stat: (key) => measure('stat', () => store.stat(key)),
    remove: (key, state) => measure('remove', () => store.remove(key, state)),
    list: () => store.list(),
    listUnfinished: (options) => store.listUnfinished(options),
    discardUnfinished: (unfinished) =>
      measure('discardUnfinished', () => store.discardUnfinished(unfinished)),
    locate: (key, options) => measure('locate', () => store.locate(key, options)),
    check: () => measure('check', () => store.check()),
    close: () => store.close(),
  };
}

function instrumentedWriter(writer: BlobWriter, measure: Measure, meters: Meters): BlobWriter {
  return {
    get sizeBytes() {
      return writer.sizeBytes;
    },
    async append(chunk) {
      try {
        await writer.append(chunk);
      } catch (error) {
        meters.seconds.observe(0, { operation: 'append', result: resultOf(error) });
        throw error;
      }
      meters.bytes.inc({ direction: 'written' }, chunk.byteLength);
    },
    flush: () => measure('flush', () => writer.flush()),
    close: () => writer.close(),
  };
}

async function countSmall(reading: Promise<Uint8Array>, meters: Meters): Promise<Uint8Array> {
  const bytes = await reading;
  meters.bytes.inc({ direction: 'read' }, bytes.byteLength);
  return bytes;
}

/** Counts what the source pushes into the stream: a stream in between would copy nothing but cost a turn per chunk. */
function countRead(stream: Readable, meters: Meters): Readable {
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (ArrayBuffer.isView(chunk)) {
      meters.bytes.inc({ direction: 'read' }, chunk.byteLength);
    }
    return push(chunk, encoding);
  };
  return stream;
}

function resultOf(error: unknown): string {
  return isBlobStoreError(error) ? error.code : 'ERROR';
}
