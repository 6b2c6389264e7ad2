import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { idleTurn } from '../idle-turn.ts';

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

test('Work without a pause holds up nobody for longer than half a second', async () => {
  const server = createServer();
  let isOver = false;
  let turns = 0;
  const work = (): void => {
    turns += 1;
    const end = performance.now() + 5;
    while (performance.now() < end);
    if (!isOver) setImmediate(work);
  };
  work();
  await idleTurn(server);
  isOver = true;
  expect(turns).toBeLessThan(200); // of five milliseconds each, or more
});
