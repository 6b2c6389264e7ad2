export * from './attaching-tag.ts';
export type { Descriptor } from './descriptor.ts';
export * from './digest.ts';
export * from './media-types.ts';
export * from './oci-error.ts';
export * from './parse-manifest.ts';
export * from './reference.ts';
export * from './repository-name.ts';
export * from './tag.ts';
