import { Agent, get } from 'node:http';

/** One part of what was started: by its name, and its readiness page or another way to ask. */
export interface Part {
  /** Copies of a service share it. */
  readonly service: string;
  readonly isEssential: boolean;
  /** `ok`, or why not. */
  readonly check: () => Promise<string>;
}

export interface WholeReadiness {
  /** All that push and pull need is there, at least one copy of each. */
  readonly ready: boolean;
  /** Nothing at all is missing, not even a second copy. */
  readonly isComplete: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export async function askAll(parts: readonly Part[]): Promise<WholeReadiness> {
  const answers = await Promise.all(parts.map(async (part) => ({ ...part, answer: await part.check() })));
  const checks: Record<string, string> = {};
  let ready = true;
  for (const service of new Set(parts.map((part) => part.service))) {
    const copies = answers.filter((one) => one.service === service);
    const well = copies.filter(({ answer }) => answer === 'ok').length;
    const trouble = copies.find(({ answer }) => answer !== 'ok')?.answer ?? '';
    if (well === 0 && copies.some(({ isEssential }) => isEssential)) ready = false;
    const few = copies.length === 1 ? '' : `${well} of ${copies.length} copies; `;
    checks[service] = well === copies.length ? 'ok' : few + trouble;
  }
  return { ready, isComplete: answers.every(({ answer }) => answer === 'ok'), checks };
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });
const LIMIT_MS = 2_500;
const MAX_BYTES = 65_536;

/** Asks a service's `/readyz`: `ok`, or what it says is missing. */
export function askReadiness({ host, port }: { host: string; port: number }): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/readyz', agent, timeout: LIMIT_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < MAX_BYTES) text += chunk;
      });
      response.on('error', (error) => resolve(error.message));
      response.on('end', () =>
        resolve(response.statusCode === 200 ? 'ok' : missing(text, response.statusCode)),
      );
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${LIMIT_MS} ms`)));
    request.on('error', (error) => resolve(error.message || 'cannot be reached'));
  });
}

function missing(text: string, status: number | undefined): string {
  try {
    const { checks } = JSON.parse(text) as { checks?: Record<string, string> };
    const wrong = Object.entries(checks ?? {}).filter(([, state]) => state !== 'ok');
    if (wrong.length > 0) return wrong.map(([name, state]) => `${name}: ${state}`).join('; ');
  } catch {
    // not one of our pages
  }
  return `answers ${status}`;
}
