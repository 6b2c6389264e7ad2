import type { FoundManifest } from '../artifacts/find-manifest.ts';
import type { Facts } from '../facts.ts';
import { type Pulled, pullWrites } from './pull-writes.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** As many wait for the next flush; more ask for one. */
const WAITING_AT_MOST = 10_000;
/** As many are remembered while nothing can be written, and as many are known to be written; what comes then is not noted. */
const REMEMBERED_AT_MOST = 100_000;
const WRITTEN_AT_ONCE = 500;
/** What is to be written at once waits so long for others: a hundred in one write cost hardly more than one. */
const GATHERED_FOR_MS = 100;

/** Notes that manifests were read; the reader never waits for it. */
export interface PullRecorder {
  /** `get` counts and moves `lastPulledAt` of tag, artifact and image; `head` only moves it. */
  record(found: FoundManifest, purpose: 'get' | 'head'): void;
  /** Writes what was folded so far; what cannot be written waits for the next. */
  flush(): Promise<void>;
}

/**
 * Folds pulls in memory and writes them as increments. The first pull of something not pulled for over a day is
 * written at once, so that cleanup never takes it for unused; the rest may wait for the next flush.
 */
export function createPullRecorder(facts: Facts): PullRecorder {
  let waiting = new Map<string, Pulled>();
  /** When each artifact was last written, so that the hot path needs no look-up. */
  const written = new Map<string, number>();
  let underWay: Promise<void> = Promise.resolve();
  let isAsked = false;
  let isFailing = false;

  function record({ artifact, tagId }: FoundManifest, purpose: 'get' | 'head'): void {
    const pull = { count: purpose === 'get' ? 1 : 0, lastPulledAt: facts.clock() };
    fold(artifact.id, { kind: 'artifact', ...pull });
    fold(artifact.imageId, { kind: 'image', ...pull });
    if (tagId !== undefined) fold(tagId, { kind: 'tag', ...pull });
    const isDue = pull.lastPulledAt - (written.get(artifact.id) ?? 0) > DAY_MS;
    if (isAsked || isFailing || !(isDue || waiting.size > WAITING_AT_MOST)) return;
    isAsked = true;
    setTimeout(() => {
      flush().catch((error: unknown) => facts.logger.warn('pulls wait to be noted', { error }));
    }, GATHERED_FOR_MS).unref();
  }

  function fold(id: string, pulled: Pulled): void {
    const known = waiting.get(id);
    if (known) {
      known.count += pulled.count;
      known.lastPulledAt = Math.max(known.lastPulledAt, pulled.lastPulledAt);
    } else if (waiting.size < REMEMBERED_AT_MOST) {
      waiting.set(id, pulled);
    }
  }

  /** One after the other, so that the last to be asked for has written all that was noted before. */
  function flush(): Promise<void> {
    const flushed = underWay.then(writeWaiting);
    underWay = flushed.catch(() => {});
    return flushed;
  }

  async function writeWaiting(): Promise<void> {
    isAsked = false;
    const batch = [...waiting];
    waiting = new Map();
    for (let start = 0; start < batch.length; start += WRITTEN_AT_ONCE) {
      const some = batch.slice(start, start + WRITTEN_AT_ONCE);
      try {
        await facts.store.writeMany(await pullWrites(facts, some));
      } catch (error) {
        isFailing = true;
        for (const [id, pulled] of batch.slice(start)) fold(id, pulled);
        throw error;
      }
      if (written.size > REMEMBERED_AT_MOST) written.clear();
      for (const [id, { kind, lastPulledAt }] of some) if (kind === 'artifact') written.set(id, lastPulledAt);
    }
    isFailing = false;
  }

  return { record, flush };
}
