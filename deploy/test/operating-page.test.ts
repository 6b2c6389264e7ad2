import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessSettings } from '@berth/runtime';
import { expect, test } from '@jest/globals';
import { isPassedOn } from '../embedded/service-environment.ts';
import { SERVICES } from '../embedded/service-table.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = text('docs/OPERATING.md');

const settings = [
  ...new Set(SERVICES.flatMap(({ settings }) => Object.keys(settings.properties))),
  ...Object.keys(ProcessSettings.properties).filter((name) => name.startsWith('OTEL_')),
];

test.each(settings)('the page of operators names the setting %s', (name) => {
  expect(page).toContain(`\`${name}\``);
});

test.each(settings)('the page of operators says whether the embedded start hands on %s as it is', (name) => {
  const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``)) ?? '';
  expect({ name, hasStar: /^\| [^|]* \* \|/.test(row) }).toEqual({ name, hasStar: !isPassedOn(name) });
});

const alerts = [...text('deploy/monitoring/alerts.yaml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name);

test.each(alerts)('the page of operators says what to do about %s', (name) => {
  expect(page).toMatch(new RegExp(`^\\| ${name} \\| \\S`, 'm'));
});

test('the page of operators knows every service', () => {
  for (const { name } of SERVICES) expect(page).toMatch(new RegExp(`^\\| ${name} \\| `, 'm'));
});
