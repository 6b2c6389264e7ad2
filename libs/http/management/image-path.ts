/** The image that a path part names: `team~web`, or `team%2Fweb` where the gateway let it through, is `team/web`. */
export function imageFromPath(part: string): string {
  return part.replaceAll('~', '/');
}

/** An image's name as one part of a path: `team/web` is `team~web`. */
export function imageToPath(image: string): string {
  return image.replaceAll('/', '~');
}
