import { describe, expect, test } from '@jest/globals';
import { databaseUrl, type ServiceContext, serviceEnvironment } from '../embedded/service-environment.ts';
import { SERVICES } from '../embedded/service-table.ts';
import { loadEmbeddedSettings } from '../embedded/settings.ts';

const load = (env: Readonly<Record<string, string>>) => loadEmbeddedSettings(env, SERVICES);

describe('the database of a service', () => {
  test.each([
    [undefined, 'sqlite:/data/databases/auth-token.db'],
    ['sqlite:/srv/db', 'sqlite:/srv/db/auth-token.db'],
    ['sqlite:///srv/db/', 'sqlite:/srv/db/auth-token.db'],
    ['mongodb://a,b/?replicaSet=rs', 'mongodb://a,b/berth_auth-token?replicaSet=rs'],
    ['mongodb://u:p@db/', 'mongodb://u:p@db/berth_auth-token?authSource=admin'],
    ['mongodb+srv://u:p@db/users', 'mongodb+srv://u:p@db/berth_auth-token?authSource=users'],
  ])('with BERTH_DATABASE_URL %s is %s', (url, expected) => {
    const settings = load(url === undefined ? {} : { BERTH_DATABASE_URL: url });
    const folder = { databases: '/data/databases' } as Parameters<typeof databaseUrl>[1]['folder'];
    expect(databaseUrl('auth-token', { settings, folder })).toBe(expected);
  });

  test.each(['sqlite:relative', 'mongodb:', 'mongodb:///berth', 'mysql://u:hunter2@db'])(
    'cannot be in %s, which is told without a password',
    (url) => {
      expect(() => load({ BERTH_DATABASE_URL: url })).toThrow(/must be sqlite:.* or mongodb:\/\/host/);
      expect(() => load({ BERTH_DATABASE_URL: url })).not.toThrow(/hunter2/);
    },
  );
});

describe('the blob store', () => {
  test.each([
    ['s3://Bad_Bucket', /BERTH_STORAGE_URL: .*"Bad_Bucket" is no bucket/],
    ['s3://berth?endpont=http://s3', /BERTH_STORAGE_URL: .*"endpont" is none of region, endpoint/],
    ['s3://key:hunter2@berth', /BERTH_STORAGE_URL: .*credentials come by the usual chain/],
    ['file:/srv/%2fblobs', /BERTH_STORAGE_URL: .*names no folder/],
  ])('cannot be %s, which is told before anything is started', (url, message) => {
    expect(() => load({ BERTH_STORAGE_URL: url })).toThrow(message);
    expect(() => load({ BERTH_STORAGE_URL: url })).not.toThrow(/hunter2/);
  });

  test.each(['s3://berth/eu?region=eu-west-1', 'file:/srv/blobs', 'file:///srv/blobs'])(
    'can be %s',
    (url) => {
      expect(load({ BERTH_STORAGE_URL: url }).storageUrl).toBe(url);
    },
  );
});

describe('the copies of events in a cluster of NATS', () => {
  const cluster = { BERTH_NATS_URL: 'nats://a,nats://b,nats://c' };

  test('are as many as every service is told', () => {
    const env = { ...cluster, BERTH_NATS_REPLICAS: '3' };
    const context = {
      ...{ env, settings: load(env), natsUrlFile: null, distributionPort: 5001, secrets: {} },
      folder: { databases: '/data/databases', blobs: '/data/blobs', cache: '/data/cache' },
    } as unknown as ServiceContext;
    for (const service of SERVICES)
      expect(serviceEnvironment(service, { port: 1, logFile: '/log' }, context)).toMatchObject(env);
  });

  test('must be a number that NATS knows', () => {
    expect(() => load({ ...cluster, BERTH_NATS_REPLICAS: '6' })).toThrow(/BERTH_NATS_REPLICAS/);
  });

  test('are for an own cluster', () => {
    expect(() => load({ BERTH_NATS_REPLICAS: '3' })).toThrow(/BERTH_NATS_REPLICAS: .*give BERTH_NATS_URL/);
    expect(load({ BERTH_NATS_REPLICAS: '1' }).natsUrl).toBeUndefined();
  });
});

test('what every process reads is told before anything is started', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318', OTEL_TRACES_SAMPLER: 'some' };
  expect(() => load(env)).toThrow(
    /OTEL_EXPORTER_OTLP_ENDPOINT.*must be an http[\s\S]*OTEL_TRACES_SAMPLER.*must be one of/,
  );
});

describe('several copies of a service with a database', () => {
  test('are for MongoDB', () => {
    const scale = { BERTH_SCALE: 'metadata=3,auth-token=2' };
    const { copies } = load({ ...scale, BERTH_DATABASE_URL: 'mongodb://db' });
    expect([copies.get('metadata'), copies.get('auth-token')]).toEqual([3, 2]);
    expect(() => load({ ...scale, BERTH_DATABASE_URL: 'sqlite:/srv' })).toThrow(
      /metadata has a SQLite database/,
    );
    expect(() => load(scale)).toThrow(/auth-token has a SQLite database/);
  });
});
