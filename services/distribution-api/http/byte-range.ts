import type { ByteRange } from '@berth/blob-store';
import { OciError } from '@berth/oci';

/**
 * The one range of a `Range` header (RFC 9110 section 14): `bytes=0-99`, `bytes=100-`, `bytes=-100`. Null for none, and
 * for what may be ignored: another unit, several ranges, bad syntax. OciError RANGE_INVALID when it lies outside, or
 * ends before it begins.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,18})-(\d{0,18})$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return null;
  const range =
    from === ''
      ? { start: Math.max(0, sizeBytes - Number(to)), end: sizeBytes - 1 }
      : { start: Number(from), end: Math.min(to === '' ? sizeBytes - 1 : Number(to), sizeBytes - 1) };
  if (range.start <= range.end && range.start < sizeBytes && !(from === '' && Number(to) === 0)) return range;
  throw new OciError('RANGE_INVALID', {
    message: `range "${header}" lies outside of the ${sizeBytes} bytes`,
    detail: { sizeBytes },
  });
}

/** Where a chunk begins and how many bytes it says it has: `Content-Range: 0-1023`, also as `bytes 0-1023/*`. */
export function parseContentRange(header: string | undefined): { start: number; sizeBytes: number } | null {
  if (header === undefined) return null;
  const [, start, end] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim()) ?? [];
  const sizeBytes = Number(end) - Number(start) + 1;
  if (start === undefined || sizeBytes < 1) {
    throw new OciError('BLOB_UPLOAD_INVALID', {
      message: `Content-Range "${header.slice(0, 100)}" is not <first byte>-<last byte>`,
    });
  }
  return { start: Number(start), sizeBytes };
}
