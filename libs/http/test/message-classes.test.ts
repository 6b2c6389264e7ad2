import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import express from 'express';
import { messageClasses } from '../message-classes.ts';

test('messages are those of Express from the start, which exchanges nothing', async () => {
  const app = express();
  const classes = messageClasses(app);
  const request = new classes.IncomingMessage(new Socket());
  request.method = 'GET';
  request.url = '/';
  const response = new classes.ServerResponse(request);
  const before = [Object.getPrototypeOf(request), Object.getPrototypeOf(response)];

  const seen = await new Promise<express.Request>((resolve) => {
    app.use((request) => resolve(request));
    app(request as express.Request, response as unknown as express.Response);
  });

  expect([Object.getPrototypeOf(request), Object.getPrototypeOf(response)]).toEqual(before);
  expect(seen).toBe(request);
  expect(seen).toBeInstanceOf(IncomingMessage);
  expect(response).toBeInstanceOf(ServerResponse);
  expect(seen.get).toBe(express.request.get); // what Express adds is there
  expect(seen.app).toBe(app);
});
