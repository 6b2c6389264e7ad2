import { ServiceError } from '@berth/contracts';
import { LRUCache } from 'lru-cache';

export interface Attempt {
  /** `wrong` counts; `undecided` is for one that was not looked at, as when too many waited. */
  end(outcome: 'right' | 'wrong' | 'undecided'): void;
}

/** Both as they came; the address may be unknown. */
export interface LoginSource {
  readonly username: string;
  readonly address: string | undefined;
}

export interface LoginLimiter {
  /** ServiceError TOO_MANY_REQUESTS (detail {retryAfterSeconds}) after too many failures. */
  check(source: LoginSource): void;
  /** As `check`; attempts whose outcome is not known yet count as failures, so that many at once gain nothing. */
  begin(source: LoginSource): Attempt;
}

interface Failures {
  /** Epoch milliseconds, oldest first. */
  failedAt: number[];
  pending: number;
}

/**
 * Failed logins, counted per user name and address together, `maxFailures` within `windowMs`. A success forgives
 * nothing: others behind the same address may have it every second. The `maxSources` latest are remembered.
 */
export function createLoginLimiter(options: {
  readonly clock: () => number;
  readonly maxFailures?: number;
  readonly windowMs?: number;
  readonly maxSources?: number;
}): LoginLimiter {
  const { clock, maxFailures = 10, windowMs = 60_000, maxSources = 50_000 } = options;
  const records = new LRUCache<string, Failures>({ max: maxSources });

  function find(source: LoginSource): Failures | undefined {
    const record = records.get(keyOf(source));
    if (record !== undefined) {
      const since = clock() - windowMs;
      if ((record.failedAt[0] ?? Number.POSITIVE_INFINITY) <= since) {
        record.failedAt = record.failedAt.filter((at) => at > since);
      }
    }
    return record;
  }

  function refuseBeyond(record: Failures, count: number): void {
    if (count < maxFailures) return;
    const oldest = record.failedAt[0];
    const waitMs = oldest === undefined ? 1_000 : oldest + windowMs - clock();
    throw new ServiceError('TOO_MANY_REQUESTS', 'too many failed logins with this name from this address', {
      detail: { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) },
    });
  }

  return {
    check(source) {
      const record = find(source);
      if (record !== undefined) refuseBeyond(record, record.failedAt.length);
    },
    begin(source) {
      const record = find(source) ?? { failedAt: [], pending: 0 };
      refuseBeyond(record, record.failedAt.length + record.pending);
      record.pending++;
      records.set(keyOf(source), record);
      return {
        end(outcome) {
          record.pending--;
          if (outcome === 'wrong') record.failedAt.push(clock());
        },
      };
    },
  };
}

function keyOf({ username, address = '' }: LoginSource): string {
  return `${address} ${username}`;
}
