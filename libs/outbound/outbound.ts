import { inSpan } from '@berth/runtime';
import { type Agent, type Dispatcher, request } from 'undici';
import { createAddressPolicy } from './address-policy.ts';
import { createGuardedAgent, type TlsTrust } from './guarded-agent.ts';
import { type Resolve, resolveAllowed, resolveBySystem } from './guarded-resolver.ts';
import { OutboundError } from './outbound-error.ts';
import { outboundFailure } from './outbound-failure.ts';
import { type OutboundAnswer, readAnswer } from './read-answer.ts';
import { nextStep, type Step } from './redirect.ts';
import { hostOf, parseTarget } from './target-url.ts';

export interface OutboundOptions {
  /** BERTH_OUTBOUND_ALLOW_CIDRS: what may be reached besides public addresses. */
  readonly allowedCidrs: readonly string[];
  readonly userAgent: string;
  /** By default 5 s. */
  readonly connectTimeoutMs?: number;
  /** The longest silence of a target on a `dispatcher`, by default 60 s. */
  readonly idleTimeoutMs?: number;
  /** By default 16; null for as many as there are requests, where their number is bounded elsewhere. */
  readonly connectionsPerTarget?: number | null;
  readonly resolve?: Resolve;
}

export interface OutboundRequest {
  readonly url: string | URL;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly trust?: TlsTrust;
  /** For all of it: connecting, redirects, the last byte of the body. */
  readonly timeoutMs: number;
  /** What is kept of the body. */
  readonly maxAnswerBytes: number;
  readonly signal?: AbortSignal;
  /** A redirect that would make it a GET without its body is the answer, not followed: what is sent must arrive. */
  readonly keepsMethod?: boolean;
}

const MAX_REDIRECTS = 5;
const MAX_AGENTS = 64;

/** The one way out of the platform (docs/ARCHITECTURE.md, invariant 8). */
export interface Outbound {
  /**
   * One request, redirects of the same host followed; every status is an answer.
   * @throws OutboundError
   */
  request(options: OutboundRequest): Promise<OutboundAnswer>;
  /**
   * Whether the target could be connected to as things stand: for when it is saved. Each connection checks again.
   * @throws OutboundError INVALID_URL, ADDRESS_NOT_ALLOWED, NAME_NOT_RESOLVED, TIMED_OUT
   */
  checkTarget(url: string | URL): Promise<void>;
  /** undici's way to connect under the same rules, for clients that stream. It belongs to this and is closed with it. */
  dispatcher(trust?: TlsTrust): Dispatcher;
  /** Gives up what is under way. */
  close(): Promise<void>;
}

/** @throws TypeError naming the entry of `allowedCidrs` that is none */
export function createOutbound(options: OutboundOptions): Outbound {
  const { resolve = resolveBySystem, connectTimeoutMs = 5_000 } = options;
  const policy = createAddressPolicy(options.allowedCidrs);
  const agents = new Map<string, Agent>();

  /** One agent per way to trust certificates; the longest unused goes when there are too many, as soon as it is idle. */
  function agentFor(trust: TlsTrust): Agent {
    const key = JSON.stringify([trust.skipVerify === true, trust.caCertificate ?? '']);
    const known = agents.get(key);
    agents.delete(key);
    const agent =
      known ??
      createGuardedAgent(
        {
          policy,
          resolve,
          connectTimeoutMs,
          idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
          connectionsPerTarget:
            options.connectionsPerTarget === undefined ? 16 : options.connectionsPerTarget,
        },
        trust,
      );
    agents.set(key, agent);
    const [oldest] = agents;
    if (agents.size > MAX_AGENTS && oldest !== undefined) {
      agents.delete(oldest[0]);
      void oldest[1].close();
    }
    return agent;
  }

  async function exchange(call: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    const dispatcher = agentFor(call.trust ?? {});
    const headers = { 'user-agent': options.userAgent, 'accept-encoding': 'identity', ...call.headers };
    let step: Step = { url: parseTarget(call.url), method: call.method, body: call.body ?? null };
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await request(step.url, {
        dispatcher,
        method: step.method as Dispatcher.HttpMethod,
        headers: step.body === null ? withoutContent(headers) : headers,
        body: step.body,
        signal,
      });
      const next = redirected(step, answer, call.keepsMethod ?? false);
      if (next === null) return readAnswer(answer, call.maxAnswerBytes);
      step = next;
    }
    throw new OutboundError(
      'REDIRECT_REFUSED',
      `${step.url.host} redirects more than ${MAX_REDIRECTS} times`,
    );
  }

  return {
    async request(call) {
      const { host } = parseTarget(call.url);
      const deadline = AbortSignal.timeout(call.timeoutMs);
      const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
      try {
        const attributes = { 'http.request.method': call.method, 'server.address': host };
        return await inSpan(call.method, { kind: 'client', attributes }, async (span) => {
          const answer = await exchange(call, signal);
          span.set('http.response.status_code', answer.status);
          return answer;
        });
      } catch (error) {
        if (deadline.aborted && !(error instanceof OutboundError)) {
          throw new OutboundError(
            'TIMED_OUT',
            `${call.method} ${host}: no whole answer within ${call.timeoutMs} ms`,
            {
              cause: error,
            },
          );
        }
        throw outboundFailure(error, `${call.method} ${host}`);
      }
    },

    async checkTarget(target) {
      const hostname = hostOf(parseTarget(target));
      await within(connectTimeoutMs, hostname, resolveAllowed(hostname, policy, resolve));
    },

    dispatcher: (trust = {}) => agentFor(trust),

    async close() {
      const all = [...agents.values()];
      agents.clear();
      await Promise.all(all.map((agent) => agent.destroy()));
    },
  };
}

/** Where an answer sends on to; its own body is not wanted then. */
function redirected(
  step: Step,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  keepsMethod: boolean,
): Step | null {
  const location = headers.location;
  try {
    const next = nextStep(step, statusCode, typeof location === 'string' ? location : location?.[0]);
    if (keepsMethod && next?.method !== step.method) return null;
    if (next !== null) discard(body);
    return next;
  } catch (error) {
    discard(body);
    throw error;
  }
}

function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => {}).destroy();
}

function withoutContent(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
}

async function within<Value>(timeoutMs: number, hostname: string, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new OutboundError('TIMED_OUT', `the name ${hostname} was not resolved within ${timeoutMs} ms`),
        ),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
