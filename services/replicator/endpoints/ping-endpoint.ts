import type { PingResource } from '@berth/contracts';
import type { EndpointDocument } from '../documents/endpoint.ts';
import type { Trials } from '../ports.ts';
import { reasonOf } from '../tasks/failure.ts';

const PING_SECONDS = 10;

/** Whether a registry answers there and takes the credentials, asked once: ten seconds for all of it, whatever the host does. */
export async function pingEndpoint(
  { registries }: { readonly registries: Trials },
  endpoint: EndpointDocument,
  deadline = AbortSignal.timeout(PING_SECONDS * 1_000),
): Promise<PingResource> {
  const { url } = endpoint;
  try {
    await until(deadline, () => registries.trial(endpoint, deadline).ping());
    return { ok: true, message: `${url} answers as a registry` };
  } catch (error) {
    const isLate = deadline.aborted && error === deadline.reason;
    const message = isLate ? `${url} gave no whole answer within ${PING_SECONDS} s` : reasonOf(error);
    return { ok: false, message };
  }
}

/** Not all that is waited for hears the signal: a look-up of a name does not. */
async function until(deadline: AbortSignal, ask: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const giveUp = () => late.reject(deadline.reason);
  deadline.addEventListener('abort', giveUp, { once: true });
  try {
    await Promise.race([ask(), late.promise]);
  } finally {
    deadline.removeEventListener('abort', giveUp);
  }
}
