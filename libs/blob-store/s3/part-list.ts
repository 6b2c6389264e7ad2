/** What Complete must say of a part; its number is its place in the list. */
export interface UploadedPart {
  /** Without quotes. */
  readonly etag: string;
  /** CRC-32 in base64, where the server keeps checksums. */
  readonly crc32?: string | undefined;
}

/** Entries packed into one text where they are what S3 usually answers, else pairs. */
export type PackedParts = string | readonly (readonly [etag: string, crc32?: string])[];

const MD5_HEX = /^[0-9a-f]{32}$/;
const CRC32_BASE64 = /^[A-Za-z0-9+/]{6}==$/;
const MD5_BYTES = 16;
const CRC32_BYTES = 4;
const PACKED = /^([mc]):([A-Za-z0-9+/]*={0,2})$/;

export function isCrc32(text: string): boolean {
  return CRC32_BASE64.test(text);
}

/** 27 characters a part (`c:`, MD5 and CRC-32), or 22 (`m:`, MD5 alone). */
export function packParts(parts: readonly UploadedPart[]): PackedParts {
  const haveMd5 = parts.every(({ etag }) => MD5_HEX.test(etag));
  const haveCrc = parts.every(({ crc32 }) => crc32 !== undefined && isCrc32(crc32));
  const haveNone = parts.every(({ crc32 }) => crc32 === undefined);
  if (!haveMd5 || !(haveCrc || haveNone)) {
    return parts.map(({ etag, crc32 }) => (crc32 === undefined ? [etag] : [etag, crc32]));
  }
  const bytes = parts.flatMap(({ etag, crc32 }) => [
    Buffer.from(etag, 'hex'),
    ...(haveNone ? [] : [Buffer.from(crc32 ?? '', 'base64')]),
  ]);
  return `${haveNone ? 'm' : 'c'}:${Buffer.concat(bytes).toString('base64')}`;
}

/** Null for what `packParts` never returns. */
export function unpackParts(packed: unknown): readonly UploadedPart[] | null {
  if (Array.isArray(packed)) return unpackPairs(packed);
  const [, kind, text] = typeof packed === 'string' ? (PACKED.exec(packed) ?? []) : [];
  if (text === undefined) return null;
  const bytes = Buffer.from(text, 'base64');
  const size = kind === 'c' ? MD5_BYTES + CRC32_BYTES : MD5_BYTES;
  if (bytes.length % size !== 0) return null;
  return Array.from({ length: bytes.length / size }, (_, index) => {
    const entry = bytes.subarray(index * size, (index + 1) * size);
    const etag = entry.toString('hex', 0, MD5_BYTES);
    return kind === 'c' ? { etag, crc32: entry.toString('base64', MD5_BYTES) } : { etag };
  });
}

function unpackPairs(pairs: readonly unknown[]): readonly UploadedPart[] | null {
  const parts: UploadedPart[] = [];
  for (const pair of pairs) {
    const [etag, crc32] = Array.isArray(pair) ? pair : [];
    if (typeof etag !== 'string' || !['string', 'undefined'].includes(typeof crc32)) return null;
    parts.push({ etag, crc32 });
  }
  return parts;
}
