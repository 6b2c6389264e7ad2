import { describe, expect, test } from '@jest/globals';
import { MongoNetworkError, MongoServerError, MongoWriteConcernError } from 'mongodb';
import { openDocumentStore } from '../index.ts';
import { failureOf, isUncertain } from '../mongodb/mongo-failure.ts';

const server = (code: number, errmsg = 'said') => new MongoServerError({ code, errmsg });

describe('an error of the driver', () => {
  test.each([
    ['no room', server(14_031, 'No space left'), 'STORAGE_FULL'],
    ['a used-up quota', server(8_000, 'you are over your space quota'), 'STORAGE_FULL'],
    ['another refusal of a hosted cluster', server(8_000, 'bad auth'), 'UNAVAILABLE'],
    ['too large a document', server(10_334), 'BODY_INVALID'],
    ['no permission', server(13), 'UNAVAILABLE'],
    ['a cut connection', new MongoNetworkError('connection closed'), 'UNAVAILABLE'],
    ['something unknown', new Error('else'), 'UNAVAILABLE'],
  ])('%s is told in the words of the port, with the place', (_name, error, code) => {
    const failure = failureOf(error, 'mongodb://db/berth_x');
    expect(failure).toMatchObject({ name: 'StoreError', code, cause: error });
    expect((failure as Error).message).toMatch(
      /mongodb:\/\/db\/berth_x.*(said|No space|quota|auth|closed|else)/,
    );
  });

  test.each([
    ['a cut connection', new MongoNetworkError('closed'), true],
    ['a write that a majority did not have in time', writeConcernError(), true],
    ['a primary that stepped down', server(189), true],
    ['a server out of time', server(50), true],
    ['a duplicate key', server(11_000), false],
    ['no permission', server(13), false],
  ])('%s leaves it open whether a write was done: %j → %s', (_name, error, expected) => {
    expect(isUncertain(error)).toBe(expected);
  });
});

function writeConcernError(): MongoWriteConcernError {
  return new MongoWriteConcernError({ ok: 1, writeConcernError: { code: 64, errmsg: 'waiting timed out' } });
}

describe('opening a MongoDB store', () => {
  test.each([
    ['without a database', 'mongodb://u:hunter2@127.0.0.1:1', /names no database/],
    ['without a database, with options', 'mongodb://u:hunter2@127.0.0.1:1/?w=1', /names no database/],
    ['with a wrong option', 'mongodb://u:hunter2@127.0.0.1:1/berth_x?authMechanism=none', /authMechanism/],
    ['that is none', 'mongodb://u:hunter2@/berth_x', /cannot be used/],
    ['with a wrong port', 'mongodb://u:hunter2@host:port/berth_x', /cannot be used/],
    [
      'where nobody listens',
      'mongodb://u:hunter2@127.0.0.1:1/berth_x?serverSelectionTimeoutMS=300',
      /^mongodb:\/\/127\.0\.0\.1:1\/berth_x cannot be used: .*ECONNREFUSED/,
    ],
  ])('by a URL %s is UNAVAILABLE, says why, and tells no password', async (_name, url, message) => {
    const error = await openDocumentStore({ url }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'StoreError', code: 'UNAVAILABLE' });
    expect((error as Error).message).toMatch(message);
    const all = `${(error as Error).stack} ${String((error as Error).cause)} ${JSON.stringify(error)}`;
    expect(all).not.toContain('hunter2');
  });
});
