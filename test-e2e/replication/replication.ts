import type { OperationId } from '@berth/contracts';
import { waitUntil } from '@berth/testing';
import { callManagement, type ManagementRequest } from '../access/management-client.ts';
import { type BerthProduct, basic } from '../support/berth-product.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
type Body = any;

/** What an administrator does with replication. */
export interface Replication {
  /** The answer's body; rejects when it is no success. */
  call(operation: OperationId, request?: ManagementRequest): Promise<Body>;
  /** The id of a policy of a registry, and of the endpoint made for it. */
  makePolicy(endpoint: Body, policy: Body): Promise<string>;
  /** Starts a run and waits for its end; with its tasks. */
  run(
    policyId: string,
    body?: Body,
    timeoutMs?: number,
  ): Promise<{ readonly run: Body; readonly tasks: readonly Body[] }>;
  /** Waits for the end of a run, by default for a minute; with its first tasks. */
  ended(runId: string, timeoutMs?: number): Promise<{ readonly run: Body; readonly tasks: readonly Body[] }>;
}

export function replicationOf(product: BerthProduct): Replication {
  const authorization = basic(product.username, product.password);
  let names = 0;

  async function call(operation: OperationId, request: ManagementRequest = {}): Promise<Body> {
    const { status, body } = await callManagement(product.origin, operation, request, authorization);
    if (status < 300) return body;
    throw new Error(`${operation}: ${status} ${JSON.stringify(body)}`);
  }

  async function ended(runId: string, timeoutMs = 60_000) {
    const ask = async () => {
      const run = await call('getReplicationRun', { params: { runId } });
      return run.state !== 'running' && run;
    };
    const run: Body = await waitUntil(ask, { timeoutMs, what: 'the end of a run' });
    const { items } = await call('listReplicationTasks', { params: { runId }, query: { limit: '500' } });
    return { run, tasks: items };
  }

  return {
    call,
    ended,
    async makePolicy(endpoint, policy) {
      names += 1;
      const { id } = await call('createEndpoint', { body: { name: `endpoint ${names}`, ...endpoint } });
      const made = await call('createReplicationPolicy', {
        body: { name: `policy ${names}`, ...policy, endpoint: id },
      });
      return made.id;
    },
    async run(id, body = {}, timeoutMs = 60_000) {
      const started = await call('startReplicationRun', { params: { id }, body });
      return await ended(started.id, timeoutMs);
    },
  };
}
