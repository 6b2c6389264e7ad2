import { expect, test } from '@jest/globals';
import { urlOfDatabase } from '../index.ts';

test.each([
  ['mongodb://db', 'mongodb://db/berth_x'],
  ['mongodb://db/', 'mongodb://db/berth_x'],
  ['mongodb://a:1,b:2/?replicaSet=rs&w=1', 'mongodb://a:1,b:2/berth_x?replicaSet=rs&w=1'],
  ['mongodb://u:p%2F@db', 'mongodb://u:p%2F@db/berth_x?authSource=admin'],
  ['mongodb://u:p@db/users?tls=true', 'mongodb://u:p@db/berth_x?tls=true&authSource=users'],
  ['mongodb://u:p@db/users?authSource=all', 'mongodb://u:p@db/berth_x?authSource=all'],
  ['mongodb+srv://u:p@cluster.example/', 'mongodb+srv://u:p@cluster.example/berth_x?authSource=admin'],
  ['sqlite:/data', undefined],
])('a database on the server of %s has the URL %s', (url, expected) => {
  expect(urlOfDatabase(url, 'berth_x')).toBe(expected);
});
