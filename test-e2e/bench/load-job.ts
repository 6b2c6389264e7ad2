import type { Credential } from './target.ts';

/** What a load client, a process of its own, is asked to do. */
export interface LoadJob {
  readonly kind: 'push' | 'pull';
  readonly origin: string;
  readonly credential?: Credential;
  /** One repository per worker; their count is the concurrency. */
  readonly repositories: readonly string[];
  /** Distinguishes the content and the tags from those of every other run. */
  readonly serial: string;
  readonly images: number;
  /** Pulls go round and round the images for so long; each is pushed once. */
  readonly seconds: number;
  readonly layerBytes: number;
}

export interface LoadResult {
  /** Images that were pushed or pulled. */
  readonly images: number;
  readonly seconds: number;
}

/** The tag of an image of a job; its repository goes round. */
export function imageTag(job: Pick<LoadJob, 'serial'>, index: number): string {
  return `${job.serial}-${index}`;
}
