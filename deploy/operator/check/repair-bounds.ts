import { OperatorError } from '../operator-error.ts';

type Kind = 'blobs' | 'keys' | 'tags';

/** How much a repair gives up at most. */
export interface RepairBounds {
  /** OperatorError when so many of a kind are too many. */
  require(kind: Kind, count: number): void;
  /** Counts what is given up now. OperatorError when that is too many in all. */
  spend(kind: Kind, count: number): void;
}

const IN_WORDS: Readonly<Record<Kind, string>> = {
  blobs: 'blobs are without their bytes',
  keys: 'keys of the blob store are unknown to the facts',
  tags: 'tags point at nothing',
};

/** Of so few, all but one may be given up: a share of them says nothing. */
const FEW = 10;

/**
 * A share of what there is. Most of it lost or unknown is rather a disk that is not mounted, or databases that are of another blob store, than
 * damage.
 */
export function createRepairBounds(totals: Readonly<Record<string, number>>, share: number): RepairBounds {
  const spent: Record<Kind, number> = { blobs: 0, keys: 0, tags: 0 };

  function require(kind: Kind, count: number): void {
    const total = totals[kind] ?? 0;
    if (count <= largestOf(total, share)) return;
    const needed = Math.min(100, Math.ceil((count / Math.max(total, 1)) * 100));
    throw new OperatorError(
      `${count} of ${total} ${IN_WORDS[kind]}: too many to be damage alone. Look whether the disk is mounted, BERTH_STORAGE_URL names the ` +
        `store of these databases, and the databases are whole; "--repair-share ${needed}%" repairs in spite of it`,
    );
  }

  return {
    require,
    spend(kind, count) {
      require(kind, spent[kind] + count);
      spent[kind] += count;
    },
  };
}

function largestOf(total: number, share: number): number {
  const allButOne = total < FEW ? Math.max(0, total - 1) : 0;
  return Math.max(allButOne, Math.floor(total * share));
}
