import { createHash, randomFillSync } from 'node:crypto';

/** Layers are made of equal pieces that differ in their first bytes only: fresh content at the price of a stamp. */
const PIECE_BYTES = 16 * 1024 * 1024;
const STAMP_BYTES = 24;

/** Bytes that look random, the same for the whole process. */
export function randomBase(sizeBytes: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(Math.min(sizeBytes, PIECE_BYTES)));
}

/** The pieces of layer `serial`; concatenated they are `sizeBytes` long. `base` is never changed. */
export function* layerPieces(base: Buffer, sizeBytes: number, serial: string): Generator<Buffer> {
  for (let offset = 0; offset < sizeBytes; offset += base.length) {
    const stamp = Buffer.alloc(STAMP_BYTES, `${serial}.${offset.toString(36)}.`);
    const length = Math.min(base.length, sizeBytes - offset);
    yield stamp.subarray(0, Math.min(STAMP_BYTES, length));
    if (length > STAMP_BYTES) yield base.subarray(STAMP_BYTES, length);
  }
}

/** `sha256:<hex>` of a layer. */
export function layerDigest(base: Buffer, sizeBytes: number, serial: string): string {
  const hash = createHash('sha256');
  for (const piece of layerPieces(base, sizeBytes, serial)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}
