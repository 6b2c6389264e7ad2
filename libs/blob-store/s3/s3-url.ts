import { BlobStoreError } from '../blob-store-error.ts';

/** Where a `s3:` URL says that blobs are. */
export interface S3Place {
  readonly bucket: string;
  /** Before every key: empty, or ends with a slash. */
  readonly prefix: string;
  /** Undefined: as the SDK finds it (`AWS_REGION`, the profile). */
  readonly region: string | undefined;
  /** Of a server that is not AWS: `https://s3.example.com`. */
  readonly endpoint: string | undefined;
  /** The same bucket as clients reach it, for presigned URLs. */
  readonly publicEndpoint: string | undefined;
  readonly isPathStyle: boolean;
  /** False for servers that know no `x-amz-checksum-*` (`checksums=when_required`). */
  readonly hasChecksums: boolean;
}

const FORM = 's3://bucket/prefix?region=…&endpoint=…&publicEndpoint=…&pathStyle=true&checksums=when_required';
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*$/;
const CHOICES = { pathStyle: ['true', 'false'], checksums: ['when_supported', 'when_required'] } as const;
const PARAMETERS = ['region', 'endpoint', 'publicEndpoint', ...Object.keys(CHOICES)];

/** BlobStoreError URL_INVALID, which names the part that is wrong and never shows credentials. */
export function parseS3Url(text: string): S3Place {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 's3:') throw invalid('it is no URL of S3');
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '')
    throw invalid('credentials come by the usual chain of the SDK, and there is neither port nor fragment');
  if (!BUCKET.test(url.hostname)) throw invalid(`"${url.hostname}" is no bucket`);
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  const folder = prefix === '' ? '' : `${prefix}/`;
  if (!PREFIX.test(folder))
    throw invalid(`"${prefix}" must be segments of [A-Za-z0-9._-] without a leading dot`);
  const given = parametersOf(url.searchParams);
  return {
    bucket: url.hostname,
    prefix: folder,
    region: given.get('region'),
    endpoint: endpointOf('endpoint', given),
    publicEndpoint: endpointOf('publicEndpoint', given),
    isPathStyle: given.get('pathStyle') === 'true',
    hasChecksums: given.get('checksums') !== 'when_required',
  };
}

function parametersOf(parameters: URLSearchParams): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (!PARAMETERS.includes(name)) throw invalid(`"${name}" is none of ${PARAMETERS.join(', ')}`);
    if (given.has(name) || value === '') throw invalid(`"${name}" must be given once and not be empty`);
    const choices: readonly string[] | undefined = CHOICES[name as keyof typeof CHOICES];
    if (choices?.includes(value) === false) throw invalid(`${name} must be ${choices.join(' or ')}`);
    given.set(name, value);
  }
  return given;
}

function endpointOf(name: string, given: ReadonlyMap<string, string>): string | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isOrigin =
    url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
  if (!isOrigin || url.username !== '' || url.password !== '')
    throw invalid(`${name} must be an origin such as https://s3.example.com`);
  return url.origin;
}

function invalid(why: string): BlobStoreError {
  return new BlobStoreError('URL_INVALID', `the blob store URL must be ${FORM}: ${why}`);
}
