import { ManagementError, type ProblemBody } from './management-error.ts';

/** A result: `etag` where the API gives one, `body` undefined where there is none. */
export interface Answer<Body> {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Body;
}

/** @throws ManagementError with the code of the problem, or PROTOCOL where the answer is none of this API's */
export async function readAnswer(response: Response): Promise<Answer<unknown>> {
  const { status, headers } = response;
  if (status >= 300 && status < 400 && status !== 304) throw redirected(response);
  const text = await response.text();
  const type = headers.get('content-type')?.split(';')[0]?.trim() ?? '';
  if (response.ok || status === 304)
    return { status, etag: headers.get('etag'), body: bodyOf(response, type, text) };
  const problem = type === 'application/problem+json' ? parse(response, text) : undefined;
  if (!isProblem(problem))
    throw new ManagementError('PROTOCOL', `${at(response)} answered ${status}, not as Berth does`, {
      status,
    });
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN);
  throw new ManagementError(problem.code, problem.detail, {
    status,
    problem,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

function bodyOf(response: Response, type: string, text: string): unknown {
  if (text === '') return undefined;
  if (type === 'application/json') return parse(response, text);
  if (type === 'text/html' && /\/api\/v1\/$/.test(response.url)) return text;
  throw new ManagementError(
    'PROTOCOL',
    `${at(response)} answered with ${type || 'no type'}, not as Berth does`,
    {
      status: response.status,
    },
  );
}

function parse(response: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { status } = response;
    throw new ManagementError('PROTOCOL', `${at(response)} answered with broken JSON`, { status, cause });
  }
}

function redirected(response: Response): ManagementError {
  const target = response.headers.get('location') ?? 'nowhere';
  const message = `${at(response)} redirects to ${target}: credentials do not follow, name that origin instead`;
  return new ManagementError('PROTOCOL', message, { status: response.status });
}

function isProblem(value: unknown): value is ProblemBody {
  const { code, detail } = Object(value) as Partial<ProblemBody>;
  return typeof code === 'string' && typeof detail === 'string';
}

/** Without the query, which may hold anything. */
function at(response: Response): string {
  return response.url === '' ? 'the server' : response.url.replace(/[?#].*$/s, '');
}
