import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startNats, type TestNats, temporaryFolder } from '@berth/testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePorts } from '../embedded/free-port.ts';
import { problemsOf } from '../embedded/given-servers.ts';

let nats: TestNats;
let s3: Server;
let endpoint = '';
let answer = '';

beforeAll(async () => {
  nats = await startNats();
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'berth', AWS_SECRET_ACCESS_KEY: 'hunter2' });
  s3 = createServer((request, response) => {
    request.resume();
    response.statusCode = 404;
    response.end(`<Error><Code>${answer}</Code><Message>no</Message></Error>`);
  });
  await new Promise<void>((resolve) => s3.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(s3.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await nats.stop();
  await new Promise((resolve) => s3.close(resolve));
});

const NOTHING = { databaseUrls: [] };
const asked = (streamReplicas: number) => ({
  ...{ servers: nats.url, credentialsFile: undefined, streamReplicas },
});

describe('a server that refuses is told with its setting, its address and what to do', () => {
  test('a bucket that is missing', async () => {
    answer = 'NoSuchBucket';
    const storageUrl = `s3://images?endpoint=${endpoint}&pathStyle=true`;
    expect(await problemsOf({ ...NOTHING, storageUrl })).toEqual([
      expect.stringMatching(`^BERTH_STORAGE_URL: .*"images" at ${endpoint}.*NoSuchBucket: .*make it`),
    ]);
  });

  test('a folder that cannot be made', async () => {
    const problems = await problemsOf({ ...NOTHING, storageUrl: 'file:/dev/null/blobs' });
    expect(problems).toEqual([expect.stringMatching(/^BERTH_STORAGE_URL: .*\/dev\/null\/blobs.*; see to /)]);
  });

  test('MongoDB that is not there, without its password', async () => {
    const [port] = await freePorts(1);
    const url = `mongodb://berth:hunter2@127.0.0.1:${port}/berth_metadata?serverSelectionTimeoutMS=200`;
    const problems = await problemsOf({ databaseUrls: [url, url] });
    expect(problems).toEqual([
      expect.stringMatching(`^BERTH_DATABASE_URL: mongodb://127.0.0.1:${port}/berth_metadata .*; see that `),
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('NATS that keeps fewer copies of events than it is told', async () => {
    expect(await problemsOf({ ...NOTHING, nats: asked(3) })).toEqual([
      expect.stringMatching(/^BERTH_NATS_URL: .*replicas > 1.*; see that NATS/),
    ]);
  });
});

test('of servers that do answer nothing is told', async () => {
  const storageUrl = `file:${join(await temporaryFolder(), 'blobs')}`;
  expect(await problemsOf({ ...NOTHING, storageUrl, nats: asked(1) })).toEqual([]);
});
