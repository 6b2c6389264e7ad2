import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CloudEvent, compileSchema, EVENT_DATA, WEBHOOK_EVENT_TYPES } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import { payloadOf } from '../formats/payload.ts';
import { signature } from '../sending/sign.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/EVENTS.md'), 'utf8');

/** The example of each section by the type in its heading. */
const examples = new Map(
  [...page.matchAll(/^### (\S+)\n(?:(?!^#)[\s\S])*?^```json\n([\s\S]*?)^```/gm)].map(
    ([, type = '', text = '']) => [type, JSON.parse(text) as CloudEvent] as const,
  ),
);

test('The page has each event of the contract, once, and no other', () => {
  const headings = [...page.matchAll(/^### (\S+)$/gm)].map(([, type]) => type);
  expect(headings.toSorted()).toEqual(Object.keys(EVENT_DATA).toSorted());
  expect([...examples.keys()].toSorted()).toEqual(Object.keys(EVENT_DATA).toSorted());
});

test('Those that webhooks can ask for stand first', () => {
  const [forWebhooks = ''] = page.split('## Within Berth');
  const types = [...forWebhooks.matchAll(/^### (\S+)$/gm)].map(([, type]) => type);
  expect(types.toSorted()).toEqual([...WEBHOOK_EVENT_TYPES].toSorted());
});

describe('the example of', () => {
  test.each(Object.entries(EVENT_DATA))('%s is such an event, and names nothing else', (type, schema) => {
    const event = examples.get(type);
    expect(event).toMatchObject({
      specversion: '1.0',
      type: `berth.${type}`,
      id: expect.stringMatching(/^\S+$/),
      source: expect.stringMatching(/^\/api\/v1\//),
      subject: expect.stringMatching(/\S/),
      datacontenttype: 'application/json',
    });
    expect(new Date(event?.time ?? '').toISOString()).toBe(event?.time);
    const closed = { ...schema, additionalProperties: false };
    expect(compileSchema(closed)(event?.data)).toEqual({ ok: true, value: event?.data });
  });

  test.each(WEBHOOK_EVENT_TYPES)('%s can be sent in every format', (type) => {
    const event = examples.get(type) as CloudEvent;
    for (const format of ['cloudevents', 'json', 'slack'] as const) {
      const { body } = payloadOf(event, format, { publicUrl: undefined, visibility: 'private' });
      expect(body).not.toMatch(/undefined|registryId|192\.0\.2\.7/);
    }
  });
});

test('The code that the page gives for verifying takes what Berth signs, and nothing else', () => {
  const [, code = ''] = /^```js\n([\s\S]*?)^```/m.exec(page) ?? [];
  const timestamp = Math.floor(Date.now() / 1_000);
  const body = '{"a":1}';
  const cases = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'any text of some length'].flatMap((secret) => {
    const signed = (at: number) => ({
      'webhook-id': 'e1',
      'webhook-timestamp': String(at),
      'webhook-signature': signature(secret, { id: 'e1', timestamp: at, body }),
    });
    return [
      { headers: signed(timestamp), body, secret, isFromBerth: true },
      { headers: signed(timestamp), body: `${body} `, secret, isFromBerth: false },
      { headers: signed(timestamp), body, secret: 'another secret altogether', isFromBerth: false },
      { headers: signed(timestamp - 3_600), body, secret, isFromBerth: false },
    ];
  });
  const script = `${code}\nconst cases = ${JSON.stringify(cases)};
    console.log(JSON.stringify(cases.map(({ headers, body, secret }) => isFromBerth(headers, body, secret))));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual(cases.map(({ isFromBerth }) => isFromBerth));
});
