/** The names in the data of an event. */
export interface Named {
  readonly registry: string;
  readonly image?: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** As clients name it: `acme/team/web:1.0`, else `acme/team/web@sha256:…`, else the image or registry alone. */
export function imageReference({ registry, image, tag, digest }: Named): string {
  if (image === undefined) return registry;
  if (tag !== undefined) return `${registry}/${image}:${tag}`;
  return digest === undefined ? `${registry}/${image}` : `${registry}/${image}@${digest}`;
}
