import type { Digest } from './digest.ts';
import { isDigest } from './digest.ts';
import { ManifestRuleError, objectAt, rejectLookalikes, stringMapAt } from './json-rule.ts';

/** A content descriptor (OCI image specification, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
  /** `os/architecture[/variant]`, of index entries. */
  readonly platform?: string;
}

const FIELDS = [
  'mediaType',
  'digest',
  'size',
  'artifactType',
  'annotations',
  'urls',
  'data',
  'platform',
] as const;
const MAX_MEDIA_TYPE_LENGTH = 255;
/** Printable, with a slash: parameters are let through, line breaks are not. */
const MEDIA_TYPE = /^[\x21-\x7e]+\/[\x20-\x7e]+$/;

/** Reads a descriptor; ManifestRuleError says at which path it breaks which rule. */
export function descriptorAt(value: unknown, path: string): Descriptor {
  const object = objectAt(value, path);
  rejectLookalikes(object, FIELDS, path);
  const { digest, size, urls, data } = object;
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw new ManifestRuleError(`${path}.digest`, `not a sha256 or sha512 digest: ${show(digest)}`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new ManifestRuleError(
      `${path}.size`,
      `not a whole number of bytes from 0 to 2^53-1: ${show(size)}`,
    );
  }
  if (data !== undefined && typeof data !== 'string') {
    throw new ManifestRuleError(`${path}.data`, 'not a base64 string');
  }
  const artifactType = optionalMediaTypeAt(object.artifactType, `${path}.artifactType`);
  const annotations = stringMapAt(object.annotations, `${path}.annotations`);
  const platform = platformAt(object.platform, `${path}.platform`);
  return {
    mediaType: mediaTypeAt(object.mediaType, `${path}.mediaType`),
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(urls === undefined || urls === null ? {} : { urls: stringsAt(urls, `${path}.urls`) }),
    ...(platform === undefined ? {} : { platform }),
  };
}

/** A media type (RFC 6838); ManifestRuleError when it is missing or malformed. */
export function mediaTypeAt(value: unknown, path: string): string {
  if (typeof value !== 'string' || value.length > MAX_MEDIA_TYPE_LENGTH || !MEDIA_TYPE.test(value)) {
    throw new ManifestRuleError(path, `not a media type: ${show(value)}`);
  }
  return value;
}

/** The same where it may be left out; empty counts as left out. */
export function optionalMediaTypeAt(value: unknown, path: string): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : mediaTypeAt(value, path);
}

function platformAt(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  const { os, architecture, variant } = objectAt(value, path);
  if (typeof os !== 'string' || typeof architecture !== 'string') {
    throw new ManifestRuleError(path, 'os and architecture must be strings');
  }
  const base = `${os}/${architecture}`;
  return typeof variant === 'string' && variant !== '' ? `${base}/${variant}` : base;
}

function stringsAt(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string')) {
    throw new ManifestRuleError(path, 'not a list of strings');
  }
  return value;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 160);
}
