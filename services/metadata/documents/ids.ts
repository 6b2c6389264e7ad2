/** Ids of documents are made of what names them, so that a look-up is one `get`. */
export const imageId = (registryId: string, image: string): string => `${registryId}/${image}`;
export const artifactId = (image: string, digest: string): string => `${image}@${digest}`;
export const linkId = (image: string, digest: string): string => `${image}@${digest}`;
export const tagId = (image: string, tag: string): string => `${image}:${tag}`;

/** The range of the ids of everything in a registry: `0` follows `/`. */
export const idsIn = (registryId: string) => ({ gt: `${registryId}/`, lt: `${registryId}0` });
