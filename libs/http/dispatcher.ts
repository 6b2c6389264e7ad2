import { type HistogramMetric, inSpan, type Lifecycle, newId, type Span } from '@berth/runtime';
import type { Request, Response } from 'express';
import type { RenderedError } from './rendered-error.ts';
import { isGone, RequestExchange } from './request-exchange.ts';
import { splitTarget } from './request-target.ts';
import type { Asked, BoundRoute } from './route.ts';
import { createRouter } from './router.ts';
import { sendJson } from './send-json.ts';
import { clientAddress, peerAddress, type TrustedProxies } from './trusted-proxies.ts';
import { abandonBody, acceptBody, isUnread, refuseBody } from './unread-body.ts';

export interface DispatcherOptions<Action extends string, Identity> {
  readonly routes: readonly BoundRoute<Action, Identity>[];
  /** Called before a byte of the body is read. Rejects when the caller may not. */
  readonly authorize: (action: Action, asked: Asked) => Promise<Identity> | Identity;
  readonly renderError: (error: unknown, request: Request) => RenderedError;
  readonly proxies: TrustedProxies;
  readonly life: Lifecycle;
}

const REQUEST_ID = /^[\w.:+/=-]{1,64}$/;

/** Answers one request from the table of routes: find, allow, handle, and render what goes wrong. */
export function createDispatcher<Action extends string, Identity>(
  options: DispatcherOptions<Action, Identity>,
): (request: Request, response: Response) => Promise<void> {
  const { authorize, proxies, life } = options;
  const router = createRouter(options.routes);
  const durations = life.metrics.histogram({
    name: 'berth_http_request_duration_seconds',
    help: 'Time to answer by route and class of status; 499 means that the client went away',
    labels: ['route', 'status'],
  });

  async function answer(request: Request, response: Response, span: Span): Promise<void> {
    const startedAt = performance.now();
    const requestId = requestIdOf(request, proxies);
    let routeId = 'none';
    response.setHeader('X-Request-Id', requestId);
    try {
      const [path, search] = splitTarget(request.url);
      const { route, params } = router.match(request.method, path);
      routeId = route.id;
      span.rename(`${request.method} ${route.pattern}`);
      span.set('http.route', route.pattern);
      const client = clientAddress(request, proxies);
      const exchange = new RequestExchange<Identity>({
        request,
        response,
        route,
        params,
        search,
        requestId,
        clientAddress: client,
      });
      exchange.identity = await authorize(route.action, exchange);
      acceptBody(request, response);
      await route.handle(exchange);
    } catch (error) {
      answerError(error, { request, response, routeId, requestId, options });
    }
    if (isUnread(request) && response.writableEnded) abandonBody(request);
    observe(durations, { response, routeId, startedAt });
    span.set('berth.request_id', requestId);
    span.set('http.response.status_code', response.statusCode);
    if (response.statusCode >= 500) span.fail(String(response.statusCode));
    if (life.logger.isDebug) {
      const { method, url } = request;
      life.logger.debug('request answered', { requestId, method, url, status: response.statusCode });
    }
  }

  return (request, response) => {
    const { method, headers, url } = request;
    const parent = typeof headers.traceparent === 'string' ? headers.traceparent : undefined;
    const attributes = { 'http.request.method': method, 'url.path': splitTarget(url)[0] };
    return inSpan(method, { kind: 'server', parent, attributes }, (span) => answer(request, response, span));
  };
}

interface Failed {
  readonly request: Request;
  readonly response: Response;
  readonly routeId: string;
  readonly requestId: string;
  readonly options: Pick<DispatcherOptions<never, never>, 'renderError' | 'life'>;
}

function answerError(error: unknown, { request, response, routeId, requestId, options }: Failed): void {
  const log = options.life.logger;
  const fields = { requestId, route: routeId, method: request.method, url: request.url };
  if (isGone(response)) {
    log.debug('the client went away', { ...fields, error });
    return;
  }
  if (response.headersSent) {
    log.error('failed in the middle of an answer', { ...fields, error });
    response.destroy();
    return;
  }
  const rendered = render(error, request, options);
  if (rendered.status >= 500) {
    const level = rendered.status === 503 ? 'warn' : 'error';
    log[level]('request failed', { ...fields, status: rendered.status, error });
  }
  for (const name of response.getHeaderNames()) if (DESCRIBES_BODY.has(name)) response.removeHeader(name);
  if (isUnread(request)) refuseBody(request, response, rendered);
  else sendJson(response, rendered.status, rendered.body, rendered.headers);
}

const DESCRIBES_BODY = new Set(
  'content-type content-length content-range content-encoding etag last-modified cache-control accept-ranges'.split(
    ' ',
  ),
);

function render(error: unknown, request: Request, options: Failed['options']): RenderedError {
  try {
    return options.renderError(error, request);
  } catch (defect) {
    options.life.logger.error('an error could not be rendered', { error, defect });
    return { status: 500, body: { code: 'INTERNAL', detail: 'internal error' } };
  }
}

function observe(
  durations: HistogramMetric,
  done: { readonly response: Response; readonly routeId: string; readonly startedAt: number },
): void {
  const { response, routeId, startedAt } = done;
  const status = isGone(response) ? '499' : (CLASSES[Math.floor(response.statusCode / 100)] ?? 'other');
  durations.observe((performance.now() - startedAt) / 1_000, { route: routeId, status });
}

const CLASSES = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'];

function requestIdOf(request: Request, proxies: TrustedProxies): string {
  const given = request.headers['x-request-id'];
  const isKnown =
    typeof given === 'string' && REQUEST_ID.test(given) && proxies.includes(peerAddress(request));
  return isKnown ? given : newId();
}
