import { ServiceError } from '@berth/contracts';

export type DriftSide = 'source' | 'destination';

/** What a page of a drift report ended with: this tag of this side of this image. */
export interface DriftPosition {
  readonly image: string;
  readonly side: DriftSide;
  readonly tag: string;
}

/** Neither images nor tags have a colon. */
export function driftCursor({ image, side, tag }: DriftPosition): string {
  return `${side}:${image}:${tag}`;
}

/** PAGE_INVALID. */
export function parseDriftCursor(text: string): DriftPosition {
  const [side, image, tag, ...more] = text.split(':');
  if ((side === 'source' || side === 'destination') && image && tag && more.length === 0)
    return { side, image, tag };
  throw new ServiceError(
    'PAGE_INVALID',
    `after "${text.slice(0, 100)}" is no \`next\` of a page of a drift report`,
  );
}
