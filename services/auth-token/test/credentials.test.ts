import { isServiceError } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import { createLoginLimiter } from '../credentials/login-limiter.ts';
import { createPasswordHasher } from '../credentials/password-hasher.ts';
import { newSecret, storedIdOf } from '../credentials/random-secret.ts';
import { createVerifiedPasswords } from '../credentials/verified-passwords.ts';
import { createWorkQueue } from '../credentials/work-queue.ts';

describe('a stored password', () => {
  const hasher = createPasswordHasher({ logCost: 4 });

  test('fits the password it was made of and no other, and says its own cost', async () => {
    const stored = await hasher.hash('correct horse');
    expect(stored).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await hasher.verify('correct horse', stored)).toBe(true);
    expect(await hasher.verify('correct horse ', stored)).toBe(false);
    expect(await hasher.verify('', stored)).toBe(false);
  });

  test('is salted', async () => {
    expect(await hasher.hash('same')).not.toBe(await hasher.hash('same'));
  });

  test('is verified at the cost it was made with, whatever is the cost today', async () => {
    const stored = await createPasswordHasher({ logCost: 5 }).hash('pw');
    expect(await hasher.verify('pw', stored)).toBe(true);
  });

  test('costs 32 MiB by default', async () => {
    expect(await createPasswordHasher().hash('pw')).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$/);
  });

  test('that is missing fits nothing', async () => {
    expect(await hasher.verify('pw', undefined)).toBe(false);
  });

  test.each([[''], ['plain'], [`$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$${'A'.repeat(43)}`]])(
    'that is %j is a defect, not a wrong password',
    async (stored) => {
      await expect(hasher.verify('pw', stored)).rejects.toThrow('cannot be read');
    },
  );
});

describe('a work queue', () => {
  test('runs so many at once, lets so many wait, refuses the rest, and goes on in order', async () => {
    const queue = createWorkQueue({ maxConcurrent: 2, maxWaiting: 1 });
    const started: number[] = [];
    const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const jobs = gates.map((gate, place) =>
      queue.run(() => {
        started.push(place);
        return gate.promise;
      }),
    );
    await Promise.resolve();
    expect(started).toEqual([0, 1]);
    await expect(queue.run(async () => {})).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      detail: { retryAfterSeconds: 1 },
    });
    gates[1]?.reject(new Error('failed'));
    await expect(jobs[1]).rejects.toThrow('failed');
    expect(started).toEqual([0, 1, 2]);
    gates[0]?.resolve();
    gates[2]?.resolve();
    await Promise.all([jobs[0], jobs[2]]);
    await expect(queue.run(async () => 'again')).resolves.toBe('again');
  });
});

describe('failed logins', () => {
  const ALICE = { username: 'alice', address: '192.0.2.1' };

  function makeLimiter() {
    const time = { now: 1_000_000 };
    return { time, limiter: createLoginLimiter({ clock: () => time.now }) };
  }
  const fail = (limiter: ReturnType<typeof createLoginLimiter>, source = ALICE) =>
    limiter.begin(source).end('wrong');

  test('ten a minute are looked at; then one waits until the first is a minute old', () => {
    const { time, limiter } = makeLimiter();
    for (let i = 0; i < 10; i++) {
      fail(limiter);
      time.now += 1_000;
    }
    expect(waitOf(() => limiter.check(ALICE))).toBe(50);
    expect(waitOf(() => limiter.begin(ALICE))).toBe(50);
    time.now += 49_999;
    expect(waitOf(() => limiter.begin(ALICE))).toBe(1);
    time.now += 1;
    limiter.check(ALICE);
    fail(limiter);
    expect(waitOf(() => limiter.begin(ALICE))).toBe(1);
  });

  test('count per name and address together', () => {
    const { limiter } = makeLimiter();
    for (let i = 0; i < 10; i++) fail(limiter);
    limiter.check({ ...ALICE, address: '192.0.2.2' });
    limiter.check({ ...ALICE, username: 'bob' });
    expect(waitOf(() => limiter.check(ALICE))).toBe(60);
  });

  test('are not forgiven by a success, and what was undecided does not count', () => {
    const { limiter } = makeLimiter();
    for (let i = 0; i < 9; i++) fail(limiter);
    limiter.begin(ALICE).end('right');
    limiter.begin(ALICE).end('undecided');
    limiter.check(ALICE);
    fail(limiter);
    expect(waitOf(() => limiter.check(ALICE))).toBe(60);
  });

  test('cannot be outrun by many at once', () => {
    const { limiter } = makeLimiter();
    const attempts = Array.from({ length: 10 }, () => limiter.begin(ALICE));
    expect(waitOf(() => limiter.begin(ALICE))).toBe(1);
    for (const attempt of attempts) attempt.end('right');
    limiter.begin(ALICE).end('right');
  });

  function waitOf(act: () => unknown): unknown {
    try {
      act();
      return 'let through';
    } catch (error) {
      return isServiceError(error, 'TOO_MANY_REQUESTS')
        ? (error.detail as { retryAfterSeconds: number }).retryAfterSeconds
        : error;
    }
  }
});

describe('a verified password', () => {
  test('is remembered for its time, by name and password together', () => {
    let now = 0;
    const verified = createVerifiedPasswords({ clock: () => now, lifetimeMs: 5_000 });
    const entry = { userId: 'u1', passwordHash: 'h1' };
    verified.remember(verified.keyOf('alice', 'pw'), entry);
    expect(verified.find(verified.keyOf('alice', 'pw'))).toMatchObject(entry);
    expect(verified.find(verified.keyOf('alice', 'pw2'))).toBeUndefined();
    expect(verified.find(verified.keyOf('alicep', 'w'))).toBeUndefined();
    now = 5_000;
    expect(verified.find(verified.keyOf('alice', 'pw'))).toBeUndefined();
  });

  test('has another key in every process', () => {
    const [one, other] = [0, 0].map(() => createVerifiedPasswords({ clock: () => 0 }));
    expect(one?.keyOf('alice', 'pw')).not.toBe(other?.keyOf('alice', 'pw'));
    expect(one?.keyOf('alice', 'pw')).not.toContain('pw');
  });
});

describe('a session token', () => {
  test('is recognisable, never the same, and stored as its SHA-256', () => {
    const token = newSecret('session');
    expect(token).toMatch(/^berth_session_[\w-]{43}$/);
    expect(newSecret('session')).not.toBe(token);
    expect(storedIdOf('session', token)).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    [''],
    ['berth_session_'],
    ['berth_session_short'],
    [`other_session_${'a'.repeat(43)}`],
    ['a.b.c'],
  ])('is not %j', (text) => {
    expect(storedIdOf('session', text)).toBeUndefined();
  });
});
