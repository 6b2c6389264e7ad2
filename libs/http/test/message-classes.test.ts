import { once } from 'node:events';
import { createServer, IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import express from 'express';
import { sendJson } from '../index.ts';
import { messageClasses } from '../message-classes.ts';
import { sampleRoute, startSample } from './sample-server.ts';

const prototypesOf = (...messages: object[]) => messages.map((message) => Object.getPrototypeOf(message));

test('Express finds messages of its own, and exchanges nothing', async () => {
  const app = express();
  const server = createServer(messageClasses(app));
  let made: unknown[] = [];
  server.on('request', (request: express.Request, response: ServerResponse) => {
    made = prototypesOf(request, response);
    app(request, response as express.Response);
  });
  app.use((request, response) => {
    const handled = prototypesOf(request, response);
    const areSame = handled.every((prototype, index) => prototype === made[index]);
    // With what Express adds: here `get` and `json`.
    response.json({ areSame, app: request.app === app, host: request.get('host') });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await fetch(`http://${host}/`);
  server.close();

  expect(await answer.json()).toEqual({ areSame: true, app: true, host });
});

test('a server makes its messages so', async () => {
  const sample = await startSample([
    sampleRoute('/made', async ({ request, response }) =>
      sendJson(response, 200, { isPlain: request.constructor === IncomingMessage }),
    ),
  ]);
  const answer = await fetch(`${sample.url}/made`);
  await sample.life.shutdown('test');
  expect(await answer.json()).toEqual({ isPlain: false });
});
