import type { ItemOf, ResultOf } from '@berth/management-client';
import { type Act, type Cli, pageSize, withLimit } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { showTime } from '../output/format.ts';
import type { View } from '../output/view.ts';
import { findWebhook, withWebhook } from './webhooks.ts';

/** What was sent: further words of `webhooks`. */
export function deliveryCommands(cli: Cli, act: Act): Cli {
  return cli
    .command(
      'test <webhook>',
      'Send a sample event now, once; exit code 1 when it was not taken',
      (y) => withWebhook(y),
      act(async ({ client, output }, { webhook }) => {
        const id = await findWebhook(client, webhook);
        const delivery = (await client.call('testWebhook', { params: { id } })).body;
        await output.one(DETAIL_VIEW, delivery);
        if (delivery.state !== 'succeeded')
          throw new CommandError(
            `the sample was not taken: ${delivery.error ?? `status ${delivery.status}`}`,
          );
      }),
    )
    .command(
      'deliveries <webhook>',
      'The deliveries of a webhook, newest first',
      (y) =>
        withLimit(withWebhook(y), 100).option('state', {
          choices: ['pending', 'succeeded', 'failed'] as const,
          requiresArg: true,
        }),
      act(async ({ client, output }, { webhook, state, limit }) => {
        const id = await findWebhook(client, webhook);
        const query = { state, limit: pageSize(limit) };
        await output.list(VIEW, client.pages('listDeliveries', { params: { id }, query }), limit);
      }),
    )
    .command(
      'delivery <webhook> <delivery>',
      'One delivery with request, response and attempts',
      (y) => withWebhook(y).positional('delivery', { type: 'string', demandOption: true }),
      act(async ({ client, output }, { webhook, delivery }) => {
        const params = { id: await findWebhook(client, webhook), deliveryId: delivery };
        await output.one(DETAIL_VIEW, (await client.call('getDelivery', { params })).body);
      }),
    )
    .command(
      'redeliver <webhook> <delivery>',
      'Send a delivery again',
      (y) => withWebhook(y).positional('delivery', { type: 'string', demandOption: true }),
      act(async ({ client, output }, { webhook, delivery }) => {
        const params = { id: await findWebhook(client, webhook), deliveryId: delivery };
        await output.one(VIEW, (await client.call('redeliver', { params })).body);
      }),
    );
}

type Delivery = ItemOf<'listDeliveries'>;
type DeliveryDetail = ResultOf<'getDelivery'>;

const VIEW: View<Delivery> = {
  name: ({ id }) => id,
  fields: [
    { heading: 'delivery', value: ({ id }) => id },
    { heading: 'state', value: ({ state }) => state },
    { heading: 'event', value: ({ type }) => type },
    { heading: 'subject', value: ({ subject }) => subject },
    { heading: 'attempts', value: ({ attemptCount }) => String(attemptCount), right: true },
    { heading: 'status', value: ({ status }) => String(status ?? '-'), right: true },
    { heading: 'created', value: ({ createdAt }, look) => showTime(createdAt, look) },
    {
      heading: 'next attempt',
      value: ({ nextAttemptAt }, look) => showTime(nextAttemptAt, look),
      only: 'wide',
    },
    { heading: 'error', value: ({ error }) => error ?? '-' },
    { heading: 'event id', value: ({ event }) => event, only: 'detail' },
  ],
};

const DETAIL_VIEW: View<DeliveryDetail> = {
  name: VIEW.name,
  fields: [
    ...VIEW.fields,
    { heading: 'sent to', value: ({ request }) => request.url },
    { heading: 'sent', value: ({ request }) => [...headerLines(request.headers), request.body] },
    {
      heading: 'answer',
      value: ({ response }) =>
        response === null
          ? '-'
          : [
              String(response.status),
              ...headerLines(response.headers),
              `${response.body}${response.isTruncated ? ' …' : ''}`,
            ],
    },
    {
      heading: 'tried',
      value: ({ attempts }, look) =>
        attempts.map(
          ({ at, durationMs, status, error }) =>
            `${showTime(at, look)}: ${error ?? `status ${status}`} after ${durationMs} ms`,
        ),
    },
  ],
};

function headerLines(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}
