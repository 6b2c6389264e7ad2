/**
 * Gives the memory of a chunk back at once; from then on it is empty. Left to the garbage collector, the pieces of a
 * large body pile up to tens of MiB, for they weigh next to nothing on the heap that decides when it runs. A chunk that
 * shares its memory with others is left alone.
 */
export function releaseChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (!(buffer instanceof ArrayBuffer)) return;
  if (chunk.byteLength > 0 && chunk.byteLength === buffer.byteLength) buffer.transfer(0);
}
