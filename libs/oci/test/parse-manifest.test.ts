import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf, MEDIA_TYPES, OciError, type ParsedManifest, parseManifest } from '../index.ts';

const encoder = new TextEncoder();

function descriptor(content: string, mediaType: string, more: object = {}) {
  const bytes = encoder.encode(content);
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength, ...more };
}

const config = descriptor('{}', MEDIA_TYPES.ociConfig);
const layer = descriptor('layer', MEDIA_TYPES.ociLayerGzip);
const child = descriptor('child', MEDIA_TYPES.ociManifest, {
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
});
const image = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [child] };

function parse(manifest: unknown, contentType: string = MEDIA_TYPES.ociManifest): ParsedManifest {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  return parseManifest(encoder.encode(text), contentType);
}

function refusal(manifest: unknown, contentType?: string): { code: string; message: string } {
  try {
    parse(manifest, contentType);
  } catch (error) {
    if (error instanceof OciError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: '' };
}

describe('image manifests', () => {
  test('name their config and layers', () => {
    const parsed = parse(image);
    expect(parsed).toMatchObject({
      kind: 'image',
      mediaType: MEDIA_TYPES.ociManifest,
      children: [],
      platforms: [],
    });
    expect(parsed.blobs.map((blob) => blob.digest)).toEqual([config.digest, layer.digest]);
    expect(parsed.config?.size).toBe(2);
  });

  test('may leave mediaType out, and be sent with parameters behind the type', () => {
    expect(
      parse({ schemaVersion: 2, config, layers: [] }, `${MEDIA_TYPES.ociManifest}; charset=utf-8`).mediaType,
    ).toBe(MEDIA_TYPES.ociManifest);
    expect(parse(image, '').mediaType).toBe(MEDIA_TYPES.ociManifest);
  });

  test.each([
    ['its own', { ...image, artifactType: 'application/x' }, 'application/x'],
    ['that of its config', image, MEDIA_TYPES.ociConfig],
    ['that of its config when empty', { ...image, artifactType: '' }, MEDIA_TYPES.ociConfig],
  ])('have an artifact type: %s', (_name, manifest, expected) => {
    expect(parse(manifest).artifactType).toBe(expected);
  });

  test('with foreign layers do not need these', () => {
    const foreign = descriptor('far', MEDIA_TYPES.ociForeignLayerGzip, { urls: ['https://example.com/far'] });
    const kept = descriptor('near', MEDIA_TYPES.ociForeignLayer);
    const parsed = parse({ ...image, layers: [foreign, kept, layer] });
    expect(parsed.blobs.map((blob) => blob.digest)).toEqual([config.digest, kept.digest, layer.digest]);
    expect(parsed.foreign.map((blob) => blob.digest)).toEqual([foreign.digest]);
    expect(parsed.layers).toHaveLength(3);
  });

  test('carry subject and annotations when they are OCI', () => {
    const more = { subject: descriptor('s', MEDIA_TYPES.ociManifest), annotations: { a: 'b' } };
    expect(parse({ ...image, ...more })).toMatchObject({
      subject: { digest: more.subject.digest },
      annotations: { a: 'b' },
    });
    const docker = { ...image, mediaType: MEDIA_TYPES.dockerManifest, ...more };
    expect(parse(docker, MEDIA_TYPES.dockerManifest).subject).toBeUndefined();
  });

  test('may carry fields that nobody knows', () => {
    expect(parse({ ...image, 'org.example': { deep: [1, { a: 'x\\"y' }] } }).kind).toBe('image');
  });
});

describe('indexes', () => {
  test('name manifests, with their platforms', () => {
    const parsed = parse(index, MEDIA_TYPES.ociIndex);
    expect(parsed).toMatchObject({ kind: 'index', blobs: [], platforms: ['linux/arm64/v8'] });
    expect(parsed.children.map((entry) => entry.digest)).toEqual([child.digest]);
    expect(parsed.artifactType).toBeUndefined();
  });

  test('may be empty, and may name blobs, as older BuildKit caches do', () => {
    expect(parse({ ...index, manifests: [] }, MEDIA_TYPES.ociIndex).children).toEqual([]);
    expect(parse({ ...index, manifests: [layer, child] }, MEDIA_TYPES.ociIndex).blobs).toMatchObject([layer]);
  });

  test('of Docker are lists', () => {
    expect(parse({ ...index, mediaType: MEDIA_TYPES.dockerList }, MEDIA_TYPES.dockerList).kind).toBe('index');
  });
});

describe('refused', () => {
  const at = (field: object) => ({ ...image, layers: [{ ...layer, ...field }] });
  test.each<[string, unknown, string | undefined, RegExp]>([
    ['no JSON', 'x', undefined, /not JSON/],
    ['a byte order mark', `\uFEFF${JSON.stringify(image)}`, undefined, /not JSON/],
    ['something behind the JSON', `${JSON.stringify(image)}x`, undefined, /not JSON/],
    ['a list', [], undefined, /not an object/],
    ['null', null, undefined, /not an object/],
    ['schema 1 by its type', image, MEDIA_TYPES.dockerSchema1Signed, /schema 1/],
    ['schema 1 by its version', { schemaVersion: 1 }, undefined, /schema 1/],
    ['another version', { ...image, schemaVersion: 3 }, undefined, /schemaVersion/],
    ['another type than the header says', image, MEDIA_TYPES.dockerManifest, /differs from the Content-Type/],
    ['an index sent as an image', index, MEDIA_TYPES.ociManifest, /differs/],
    ['an unknown type', { ...image, mediaType: undefined }, 'application/json', /no manifest type/],
    ['no type at all', { ...image, mediaType: undefined }, '', /no manifest type/],
    ['an image with manifests', { ...image, manifests: [] }, undefined, /manifests: has no place/],
    ['an index with layers', { ...index, layers: [] }, MEDIA_TYPES.ociIndex, /layers: has no place/],
    ['an index with a config', { ...index, config }, MEDIA_TYPES.ociIndex, /config: has no place/],
    ['no config', { ...image, config: undefined }, undefined, /config: not an object/],
    ['no layers', { ...image, layers: null }, undefined, /layers: not a list/],
    ['a bad digest', at({ digest: 'sha256:xyz' }), undefined, /layers\[0\]\.digest/],
    ['a negative size', at({ size: -1 }), undefined, /layers\[0\]\.size/],
    ['a fractional size', at({ size: 1.5 }), undefined, /size/],
    ['a size that numbers cannot hold', at({ size: 2 ** 53 }), undefined, /size/],
    ['a size as text', at({ size: '5' }), undefined, /size/],
    ['a missing media type', at({ mediaType: undefined }), undefined, /mediaType/],
    ['a media type with a line break', at({ mediaType: 'a/b\r\nX: y' }), undefined, /mediaType/],
    ['one digest with two sizes', { ...image, layers: [layer, { ...layer, size: 6 }] }, undefined, /6 bytes/],
    ['annotations that are no strings', { ...image, annotations: { a: 1 } }, undefined, /annotations/],
    ['a subject without a digest', { ...image, subject: {} }, undefined, /subject\.digest/],
    ['a look-alike field', { ...image, Layers: [] }, undefined, /differs from "layers" only in case/],
    ['the same field twice', '{"schemaVersion":2,"config":1,"con\\u0066ig":2}', undefined, /appears twice/],
    ['too many descriptors', { ...image, layers: Array(10_001).fill(layer) }, undefined, /10000 at most/],
    ['deep nesting', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, undefined, /nested deeper/],
  ])('%s', (_name, manifest, contentType, message) => {
    expect(refusal(manifest, contentType)).toEqual({
      code: 'MANIFEST_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('bytes that are not UTF-8', () => {
    expect(() => parseManifest(Uint8Array.of(0x22, 0xff, 0x22), MEDIA_TYPES.ociManifest)).toThrow(
      /not UTF-8|not JSON/,
    );
  });

  test('more than 4 MiB, as a size', () => {
    expect(() => parseManifest(new Uint8Array(4 * 1024 * 1024 + 1), MEDIA_TYPES.ociManifest)).toThrow(
      expect.objectContaining({ code: 'SIZE_INVALID' }),
    );
  });

  test('nesting of millions of levels, without falling over', () => {
    expect(refusal('['.repeat(2_000_000) + ']'.repeat(2_000_000)).code).toBe('MANIFEST_INVALID');
  });
});

test('any JSON value is either read or refused as MANIFEST_INVALID', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(...Object.values(MEDIA_TYPES)), (text, contentType) => {
      expect(['none', 'MANIFEST_INVALID']).toContain(refusal(text, contentType).code);
    }),
  );
});

test('any field of a good manifest may be any value without another error', () => {
  const field = fc.constantFrom(
    'config',
    'layers',
    'subject',
    'annotations',
    'artifactType',
    'mediaType',
    'schemaVersion',
  );
  fc.assert(
    fc.property(field, fc.jsonValue(), (name, value) => {
      expect(['none', 'MANIFEST_INVALID']).toContain(refusal({ ...image, [name]: value }).code);
    }),
  );
});
