import { checkJsonText } from './check-json-text.ts';
import { type Descriptor, descriptorAt, optionalMediaTypeAt } from './descriptor.ts';
import { type JsonObject, ManifestRuleError, objectAt, rejectLookalikes, stringMapAt } from './json-rule.ts';
import { isForeignLayerType, isIndexType, isManifestType, isOciType, isSchema1Type } from './media-types.ts';
import { OciError } from './oci-error.ts';

/** What one manifest may be at most: bytes, levels of nesting, descriptors. */
export const MANIFEST_LIMITS = { maxBytes: 4 * 1024 * 1024, maxDepth: 64, maxDescriptors: 10_000 } as const;

/** What the platform needs to know of a manifest; its bytes stay the truth. */
export interface ParsedManifest {
  readonly mediaType: string;
  readonly kind: 'image' | 'index';
  /** With the fallback of OCI 1.1: an image manifest without one has the media type of its config. */
  readonly artifactType?: string;
  /** Of image manifests. */
  readonly config?: Descriptor;
  /** Of image manifests, in their order, foreign ones included. */
  readonly layers: readonly Descriptor[];
  /** What must be in the repository as a blob: config, layers that are not foreign, index entries that are no manifests. */
  readonly blobs: readonly Descriptor[];
  /** Layers of a foreign media type with `urls`: they may be in the repository, or elsewhere. */
  readonly foreign: readonly Descriptor[];
  /** Manifests that an index names. */
  readonly children: readonly Descriptor[];
  /** Only of OCI media types. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `os/architecture[/variant]` of an index's entries, each once. */
  readonly platforms: readonly string[];
}

const FIELDS = [
  'schemaVersion',
  'mediaType',
  'artifactType',
  'config',
  'layers',
  'manifests',
  'subject',
  'annotations',
] as const;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads and checks a manifest (OCI image specification 1.1, manifest.md and image-index.md; Docker image manifest
 * V2, schema 2). `contentType` is the header of the push, parameters allowed; empty: the manifest's own `mediaType`
 * decides. OciError MANIFEST_INVALID with the path of what is wrong, SIZE_INVALID above 4 MiB.
 */
export function parseManifest(bytes: Uint8Array, contentType: string): ParsedManifest {
  if (bytes.byteLength > MANIFEST_LIMITS.maxBytes) {
    throw new OciError('SIZE_INVALID', {
      message: `manifest of ${bytes.byteLength} bytes: ${MANIFEST_LIMITS.maxBytes} at most`,
    });
  }
  const declaredType = essenceOf(contentType);
  if (isSchema1Type(declaredType)) throw schema1Error();
  try {
    const manifest = objectAt(readJson(bytes), 'manifest');
    rejectLookalikes(manifest, FIELDS, 'manifest');
    const mediaType = mediaTypeOf(manifest, declaredType);
    return isIndexType(mediaType) ? readIndex(manifest, mediaType) : readImage(manifest, mediaType);
  } catch (error) {
    if (error instanceof ManifestRuleError) {
      throw new OciError('MANIFEST_INVALID', { message: `manifest invalid: ${error.message}`, cause: error });
    }
    throw error;
  }
}

function readJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = decoder.decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message.slice(0, 160) : 'not UTF-8';
    throw new ManifestRuleError('manifest', `not JSON: ${reason}`);
  }
  checkJsonText(text, { maxDepth: MANIFEST_LIMITS.maxDepth });
  return value;
}

function mediaTypeOf(manifest: JsonObject, declaredType: string): string {
  const own = optionalMediaTypeAt(manifest.mediaType, 'mediaType');
  if (manifest.schemaVersion === 1 || (own !== undefined && isSchema1Type(own))) throw schema1Error();
  if (manifest.schemaVersion !== 2) throw new ManifestRuleError('schemaVersion', 'must be 2');
  if (own !== undefined && declaredType !== '' && own !== declaredType) {
    throw new ManifestRuleError(
      'mediaType',
      `"${own}" differs from the Content-Type "${declaredType.slice(0, 160)}"`,
    );
  }
  const mediaType = declaredType === '' ? own : declaredType;
  if (mediaType === undefined || !isManifestType(mediaType)) {
    throw new ManifestRuleError(
      'mediaType',
      `"${(mediaType ?? '').slice(0, 160)}" is no manifest type; taken are OCI image manifests and indexes, Docker schema 2 manifests and lists`,
    );
  }
  return mediaType;
}

function readImage(manifest: JsonObject, mediaType: string): ParsedManifest {
  refuse(manifest, 'manifests', mediaType);
  const config = descriptorAt(manifest.config, 'config');
  const layers = descriptorsAt(manifest.layers, 'layers');
  const required = layers.filter((layer) => !isForeign(layer));
  const artifactType = isOciType(mediaType)
    ? optionalMediaTypeAt(manifest.artifactType, 'artifactType')
    : undefined;
  const blobs = [config, ...required];
  checkSizes([config, ...layers]);
  return {
    mediaType,
    kind: 'image',
    artifactType: artifactType ?? config.mediaType,
    config,
    layers,
    blobs,
    foreign: layers.filter(isForeign),
    children: [],
    platforms: [],
    ...ociFields(manifest, mediaType),
  };
}

function readIndex(manifest: JsonObject, mediaType: string): ParsedManifest {
  refuse(manifest, 'config', mediaType);
  refuse(manifest, 'layers', mediaType);
  const entries = descriptorsAt(manifest.manifests, 'manifests');
  const artifactType = isOciType(mediaType)
    ? optionalMediaTypeAt(manifest.artifactType, 'artifactType')
    : undefined;
  checkSizes(entries);
  const platforms = new Set<string>();
  for (const { platform } of entries) if (platform !== undefined) platforms.add(platform);
  return {
    mediaType,
    kind: 'index',
    ...(artifactType === undefined ? {} : { artifactType }),
    layers: [],
    blobs: entries.filter((entry) => !isManifestType(entry.mediaType)),
    foreign: [],
    children: entries.filter((entry) => isManifestType(entry.mediaType)),
    platforms: [...platforms],
    ...ociFields(manifest, mediaType),
  };
}

function ociFields(manifest: JsonObject, mediaType: string): Pick<ParsedManifest, 'subject' | 'annotations'> {
  if (!isOciType(mediaType)) return {};
  const annotations = stringMapAt(manifest.annotations, 'annotations');
  return {
    ...(manifest.subject === undefined || manifest.subject === null
      ? {}
      : { subject: descriptorAt(manifest.subject, 'subject') }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function descriptorsAt(value: unknown, path: string): Descriptor[] {
  if (!Array.isArray(value)) throw new ManifestRuleError(path, 'not a list of descriptors');
  if (value.length > MANIFEST_LIMITS.maxDescriptors) {
    throw new ManifestRuleError(path, `${value.length} entries; ${MANIFEST_LIMITS.maxDescriptors} at most`);
  }
  return value.map((item, index) => descriptorAt(item, `${path}[${index}]`));
}

/** A manifest that is an image to one reader and an index to another is neither. */
function refuse(manifest: JsonObject, field: string, mediaType: string): void {
  if (manifest[field] !== undefined && manifest[field] !== null) {
    throw new ManifestRuleError(field, `has no place in ${mediaType}`);
  }
}

/** One digest has one size. */
function checkSizes(descriptors: readonly Descriptor[]): void {
  const sizes = new Map<string, number>();
  for (const { digest, size } of descriptors) {
    const known = sizes.get(digest);
    if (known !== undefined && known !== size) {
      throw new ManifestRuleError('size', `${digest} is named with ${known} and with ${size} bytes`);
    }
    sizes.set(digest, size);
  }
}

function isForeign(layer: Descriptor): boolean {
  return isForeignLayerType(layer.mediaType) && (layer.urls?.length ?? 0) > 0;
}

/** The media type without its parameters. */
function essenceOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

function schema1Error(): OciError {
  return new OciError('MANIFEST_INVALID', {
    message: 'manifest invalid: Docker schema 1 is not taken; push with a client that sends schema 2 or OCI',
  });
}
