import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createWorkQueue } from './work-queue.ts';

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORM =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,86})\$([A-Za-z0-9+/]{43,86})$/;

/** The cost of a hash: N = 2^logCost, block size r, parallelism p. */
interface Cost {
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

export interface PasswordHasher {
  /** `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` in base64 without padding (the PHC string format). */
  hash(password: string): Promise<string>;
  /** Undefined for a user that does not exist: takes as long, and is false. An unreadable hash is a defect and throws. */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

/**
 * Hashes passwords with scrypt (RFC 7914). One hash takes 128 · N · r bytes, 32 MiB by default, and much CPU, so only
 * `maxConcurrent` run at once; more than `maxWaiting` beyond those are refused as TOO_MANY_REQUESTS.
 */
export function createPasswordHasher(
  options: { readonly logCost?: number; readonly maxConcurrent?: number; readonly maxWaiting?: number } = {},
): PasswordHasher {
  const { logCost = 15, maxConcurrent = 2, maxWaiting = 64 } = options;
  const queue = createWorkQueue({ maxConcurrent, maxWaiting });
  const cost: Cost = { logCost, blockSize: 8, parallelism: 1 };
  const nobodys = format(cost, Buffer.alloc(SALT_BYTES), Buffer.alloc(HASH_BYTES));

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      return format(
        cost,
        salt,
        await queue.run(() => derive(password, salt, { ...cost, length: HASH_BYTES })),
      );
    },
    async verify(password, stored) {
      const { salt, hash, ...asStored } = parse(stored ?? nobodys);
      const derived = await queue.run(() => derive(password, salt, { ...asStored, length: hash.byteLength }));
      return timingSafeEqual(derived, hash) && stored !== undefined;
    },
  };
}

function derive(
  password: string,
  salt: Uint8Array,
  options: Cost & { readonly length: number },
): Promise<Buffer> {
  const { logCost, blockSize, parallelism, length } = options;
  const N = 2 ** logCost;
  const parameters = { N, r: blockSize, p: parallelism, maxmem: 2 * 128 * N * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, parameters, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}

function format(cost: Cost, salt: Buffer, hash: Buffer): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${cost.logCost},r=${cost.blockSize},p=${cost.parallelism}$${text(salt)}$${text(hash)}`;
}

function parse(stored: string): Cost & { readonly salt: Buffer; readonly hash: Buffer } {
  const [, logCost, blockSize, parallelism, salt = '', hash = ''] = FORM.exec(stored) ?? [];
  const cost = { logCost: Number(logCost), blockSize: Number(blockSize), parallelism: Number(parallelism) };
  const isBounded = cost.logCost >= 1 && cost.logCost <= 20 && cost.blockSize <= 16 && cost.parallelism <= 4;
  if (!isBounded) throw new Error('a stored password hash cannot be read');
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}
