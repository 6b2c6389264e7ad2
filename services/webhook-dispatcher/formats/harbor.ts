import type { CloudEvent, EventData } from '@berth/contracts';
import { imageReference, type Named } from './image-reference.ts';
import { isTest } from './is-test.ts';
import type { PayloadContext } from './payload.ts';

/** Harbor's names where it has one for such an event, else names of its kind. */
const TYPES: Readonly<Record<string, string>> = {
  'berth.artifact.pushed': 'PUSH_ARTIFACT',
  'berth.artifact.pulled': 'PULL_ARTIFACT',
  'berth.artifact.deleted': 'DELETE_ARTIFACT',
  'berth.tag.updated': 'UPDATE_TAG',
  'berth.tag.deleted': 'DELETE_TAG',
  'berth.registry.created': 'CREATE_REGISTRY',
  'berth.registry.deleted': 'DELETE_REGISTRY',
  'berth.replication.completed': 'REPLICATION',
  'berth.cleanup.completed': 'TAG_RETENTION',
};

const JOB_STATUS = {
  succeeded: 'Success',
  partial: 'Success',
  failed: 'Error',
  cancelled: 'Stopped',
} as const;

type Data = Named & { readonly actor: { readonly name: string } };

/** The default payload of Harbor's webhooks (src/pkg/notifier/model/event.go), so that receivers made for it work. */
export function harborPayload(event: CloudEvent, context: PayloadContext): object {
  const data = event.data as Data;
  const occurredAt = Math.floor(Date.parse(event.time) / 1_000);
  return {
    type: TYPES[event.type] ?? event.type,
    occur_at: occurredAt,
    operator: data.actor.name,
    event_data: {
      ...artifactData(data, context),
      ...runData(event, { registry: data.registry, occurredAt }),
      ...(isTest(event) && { custom_attributes: { test: 'true' } }),
    },
  };
}

function artifactData(data: Data, { publicUrl, visibility }: PayloadContext): object {
  const { registry, image, digest, tag } = data;
  if (image === undefined) {
    return { repository: { name: '', namespace: registry, repo_full_name: registry, repo_type: visibility } };
  }
  const reference = imageReference(data);
  const host = publicUrl === undefined ? '' : `${new URL(publicUrl).host}/`;
  return {
    resources: [{ digest, tag: tag ?? digest, resource_url: `${host}${reference}` }],
    repository: {
      name: image,
      namespace: registry,
      repo_full_name: `${registry}/${image}`,
      repo_type: visibility,
    },
  };
}

function runData(event: CloudEvent, run: { readonly registry: string; readonly occurredAt: number }): object {
  if (event.type !== 'berth.replication.completed' && event.type !== 'berth.cleanup.completed') return {};
  const { state, policy } = event.data as EventData<'cleanup.completed'>;
  const status = JOB_STATUS[state];
  return event.type === 'berth.replication.completed'
    ? { replication: { job_status: status, description: policy.name, execution_timestamp: run.occurredAt } }
    : { retention: { project_name: run.registry, result: status } };
}
