import { describe, expect, test } from '@jest/globals';
import { databaseUrl } from '../embedded/service-environment.ts';
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
