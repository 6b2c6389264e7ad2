import type { CloudEvent } from '@berth/contracts';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { payloadOf } from '../formats/payload.ts';
import { secretProblem, signature } from '../sending/sign.ts';
import { withoutSecrets } from '../sending/webhook-secrets.ts';
import { DIGEST, eventOf } from './events.ts';

const TIME = Date.parse('2026-03-01T12:00:00.000Z');
const context = { publicUrl: 'https://berth.example.com:5000', visibility: 'public' } as const;
const pushed = { ...eventOf('artifact.pushed', { tag: '1.0', image: 'team/web' }, TIME), id: 'e1' };

function bodyOf(event: CloudEvent, format: 'cloudevents' | 'json' | 'slack', more: object = {}): unknown {
  return JSON.parse(payloadOf(event, format, { ...context, ...more }).body);
}

describe('cloudevents', () => {
  test('is the event with an absolute source, without what means nothing outside', () => {
    expect(bodyOf(pushed, 'cloudevents')).toEqual({
      specversion: '1.0',
      id: 'e1',
      source: 'https://berth.example.com:5000/api/v1/registries/acme',
      type: 'berth.artifact.pushed',
      subject: 'acme/team/web:1.0',
      time: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: {
        registry: 'acme',
        image: 'team/web',
        digest: DIGEST,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        size: 1_234,
        actor: { id: 'u-alice', kind: 'user', name: 'alice' },
        via: 'docker',
        sequence: 1,
        tag: '1.0',
      },
    });
    expect(payloadOf(pushed, 'cloudevents', context).contentType).toBe(
      'application/cloudevents+json; charset=utf-8',
    );
  });

  test('has a path as its source where no public URL is known', () => {
    expect(bodyOf(pushed, 'cloudevents', { publicUrl: undefined })).toMatchObject({
      source: '/api/v1/registries/acme',
    });
  });
});

describe('json', () => {
  test('is what Harbor sends of a push', () => {
    expect(bodyOf(pushed, 'json')).toEqual({
      type: 'PUSH_ARTIFACT',
      occur_at: TIME / 1_000,
      operator: 'alice',
      event_data: {
        resources: [{ digest: DIGEST, tag: '1.0', resource_url: 'berth.example.com:5000/acme/team/web:1.0' }],
        repository: {
          name: 'team/web',
          namespace: 'acme',
          repo_full_name: 'acme/team/web',
          repo_type: 'public',
        },
      },
    });
  });

  test('names an artifact without a tag by its digest', () => {
    expect(bodyOf(eventOf('artifact.deleted', {}, TIME), 'json', { publicUrl: undefined })).toMatchObject({
      type: 'DELETE_ARTIFACT',
      event_data: { resources: [{ digest: DIGEST, tag: DIGEST, resource_url: `acme/web@${DIGEST}` }] },
    });
  });

  test.each([
    ['artifact.pulled', 'PULL_ARTIFACT'],
    ['tag.updated', 'UPDATE_TAG'],
    ['tag.deleted', 'DELETE_TAG'],
    ['registry.created', 'CREATE_REGISTRY'],
    ['registry.deleted', 'DELETE_REGISTRY'],
  ] as const)('%s is %s', (type, name) => {
    expect(bodyOf(eventOf(type), 'json')).toMatchObject({ type: name });
  });

  test.each([
    [
      'replication.completed',
      { replication: { job_status: 'Error', description: 'nightly', execution_timestamp: TIME / 1_000 } },
    ],
    ['cleanup.completed', { retention: { project_name: 'acme', result: 'Error' } }],
  ] as const)('%s tells of its run', (type, eventData) => {
    const policy = { id: 'p1', name: 'nightly' };
    const event = eventOf(type, { policy, run: 'run1', state: 'failed' }, TIME);
    expect(bodyOf(event, 'json')).toMatchObject({ event_data: eventData });
  });
});

describe('slack', () => {
  const run = { policy: { id: 'p1', name: 'nightly' }, run: 'run1', state: 'partial' } as const;
  const short = '`sha256:aaaaaaaaaaaa`';
  test.each<[string, CloudEvent]>([
    [`*alice* pushed \`acme/team/web:1.0\` (${short})`, pushed],
    [`*alice* pulled \`acme/web:1.0\` (${short})`, eventOf('artifact.pulled', { tag: '1.0' })],
    [`*alice* deleted \`acme/web@${DIGEST}\``, eventOf('artifact.deleted')],
    [`*alice* pointed \`acme/web:1.0\` at ${short}`, eventOf('tag.updated', { tag: '1.0' })],
    ['*alice* deleted the tag `acme/web:1.0`', eventOf('tag.deleted', { tag: '1.0' })],
    ['*alice* created the registry `acme`', eventOf('registry.created')],
    ['*alice* deleted the registry `acme`', eventOf('registry.deleted')],
    ['Replication `nightly` of `acme` ended: partial', eventOf('replication.completed', run)],
    ['Cleanup `nightly` of `acme` ended: partial', eventOf('cleanup.completed', run)],
  ])('says %s', (text, event) => {
    expect(bodyOf(event, 'slack')).toEqual({ text });
  });

  test('lets nobody write marks by a name', () => {
    const actor = { id: 'u', kind: 'user', name: '<!channel>&`' } as const;
    expect(bodyOf(eventOf('registry.created', { actor }), 'slack')).toEqual({
      text: "*&lt;!channel&gt;&amp;'* created the registry `acme`",
    });
  });
});

test('A sample says in each format that it is one', () => {
  const sample = eventOf('artifact.pushed', { test: true });
  expect(bodyOf(sample, 'cloudevents')).toMatchObject({ data: { test: true } });
  expect(bodyOf(sample, 'json')).toMatchObject({ event_data: { custom_attributes: { test: 'true' } } });
  expect(bodyOf(sample, 'slack')).toMatchObject({ text: expect.stringMatching(/^Test: /) });
});

describe('the signature', () => {
  const body = '{"test": 2432232314}';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';

  test('is that of the vector which Standard Webhooks publishes', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(signature(secret, { id, timestamp: 1_614_265_330, body })).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  test.each(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'any text of some length'])(
    'with the secret %s is one that its library verifies, and no other',
    (secret) => {
      const timestamp = Math.floor(Date.now() / 1_000);
      const verifier = secret.startsWith('whsec_')
        ? new Webhook(secret)
        : new Webhook(Buffer.from(secret), { format: 'raw' });
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature(secret, { id, timestamp, body }),
      };
      expect(verifier.verify(body, headers)).toEqual({ test: 2_432_232_314 });
      expect(() => verifier.verify(`${body} `, headers)).toThrow();
    },
  );

  test.each([
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', true],
    [`whsec_${Buffer.alloc(64).toString('base64')}`, true],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
    ['whsec_not base64 but long enough to be one', false],
    ['any text of some length', true],
  ])('%s is a secret: %s', (secret, isOne) => {
    expect(secretProblem(secret) === null).toBe(isOne);
  });
});

test('What a receiver echoes is shown without the secrets', () => {
  const secrets = { secret: 'sesame open now!', authorization: 'Bearer abc.def' };
  expect(withoutSecrets('sesame open now! | Bearer abc.def | abc.def | abc', secrets)).toBe(
    '[redacted] | [redacted] | [redacted] | abc',
  );
  expect(withoutSecrets('nothing', {})).toBe('nothing');
});
