import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { idleTurn, takeLeave } from '../take-leave.ts';

/** A client asks every 100 ms up to then. */
test.each([
  { what: 'at once where nobody asks', lastAskedAt: 0, leftAt: 300 },
  { what: 'a while after the last request', lastAskedAt: 700, leftAt: 1_000 },
  { what: 'where requests never end, in the end', lastAskedAt: Number.POSITIVE_INFINITY, leftAt: 1_500 },
])('A server that ends leaves $what', async ({ lastAskedAt, leftAt }) => {
  let now = 0;
  await takeLeave({
    now: () => now,
    pause: async (ms) => {
      now += ms;
    },
    movedAt: () => Math.min(lastAskedAt, Math.floor(now / 100) * 100),
  });
  expect(now).toBeGreaterThanOrEqual(leftAt);
  expect(now).toBeLessThan(leftAt + 300);
});

test('Whoever stops listening after an idle turn has taken in all connections that were made', async () => {
  let taken = 0;
  const server = createServer().on('connection', () => {
    taken += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'));
  await idleTurn(server);
  expect(taken).toBe(20);
  for (const client of clients) client.destroy();
  server.close();
});
