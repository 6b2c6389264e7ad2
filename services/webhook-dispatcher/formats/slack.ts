import type { CloudEvent, EventData } from '@berth/contracts';
import { imageReference, type Named } from './image-reference.ts';
import { isTest } from './is-test.ts';

type Data = Named & { readonly actor: { readonly name: string } };

/** A message for Slack's incoming webhooks, and for those that take the same. */
export function slackPayload(event: CloudEvent): object {
  return { text: `${isTest(event) ? 'Test: ' : ''}${sentence(event)}` };
}

function sentence(event: CloudEvent): string {
  const data = event.data as Data;
  const who = `*${escaped(data.actor.name)}*`;
  const what = `\`${escaped(imageReference(data))}\``;
  const digest = `\`${escaped((data.digest ?? '').slice(0, 'sha256:'.length + 12))}\``;
  switch (event.type) {
    case 'berth.artifact.pushed':
      return `${who} pushed ${what} (${digest})`;
    case 'berth.artifact.pulled':
      return `${who} pulled ${what} (${digest})`;
    case 'berth.artifact.deleted':
      return `${who} deleted ${what}`;
    case 'berth.tag.updated':
      return `${who} pointed ${what} at ${digest}`;
    case 'berth.tag.deleted':
      return `${who} deleted the tag ${what}`;
    case 'berth.registry.created':
      return `${who} created the registry ${what}`;
    case 'berth.registry.deleted':
      return `${who} deleted the registry ${what}`;
    case 'berth.replication.completed':
    case 'berth.cleanup.completed': {
      const { policy, state } = event.data as EventData<'cleanup.completed'>;
      const kind = event.type === 'berth.cleanup.completed' ? 'Cleanup' : 'Replication';
      return `${kind} \`${escaped(policy.name)}\` of ${what} ended: ${state}`;
    }
    default:
      return `${escaped(event.type)} ${escaped(event.subject)}`;
  }
}

/** What Slack takes for its own marks (https://api.slack.com/reference/surfaces/formatting#escaping); a backtick would end code. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('`', "'");
}
