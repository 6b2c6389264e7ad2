import { block, quoted } from './nginx-text.ts';

interface GatewayError {
  /** What nginx calls it. */
  readonly when: readonly number[];
  readonly status: number;
  readonly ociCode: string;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

const UNAVAILABLE = 'the service is not available at the moment, try again';

/** The answers that the gateway gives by itself. Those of the services pass unchanged. */
export const GATEWAY_ERRORS: readonly GatewayError[] = [
  {
    when: [400],
    status: 400,
    ociCode: 'UNSUPPORTED',
    code: 'REQUEST_INVALID',
    message: 'the request or its URI is malformed',
  },
  { when: [403], status: 403, ociCode: 'DENIED', code: 'DENIED', message: 'the request is refused' },
  {
    when: [404],
    status: 404,
    ociCode: 'NOT_FOUND',
    code: 'NOT_FOUND',
    message: 'nothing is found at this address',
  },
  {
    when: [405],
    status: 405,
    ociCode: 'UNSUPPORTED',
    code: 'METHOD_NOT_ALLOWED',
    message: 'the method is not supported',
  },
  {
    when: [408],
    status: 408,
    ociCode: 'UNSUPPORTED',
    code: 'REQUEST_TIMEOUT',
    message: 'the request did not arrive in time',
  },
  {
    when: [411],
    status: 411,
    ociCode: 'SIZE_INVALID',
    code: 'LENGTH_REQUIRED',
    message: 'the request needs a length',
  },
  {
    when: [412],
    status: 412,
    ociCode: 'UNSUPPORTED',
    code: 'PRECONDITION_FAILED',
    message: 'a precondition does not hold',
  },
  {
    when: [413],
    status: 413,
    ociCode: 'SIZE_INVALID',
    code: 'BODY_TOO_LARGE',
    message: 'the body is too large',
  },
  {
    when: [414],
    status: 414,
    ociCode: 'NAME_INVALID',
    code: 'URI_TOO_LONG',
    message: 'the URI is longer than 14 KiB',
  },
  {
    when: [416],
    status: 416,
    ociCode: 'RANGE_INVALID',
    code: 'RANGE_INVALID',
    message: 'the range does not lie within the content',
  },
  {
    when: [421],
    status: 421,
    ociCode: 'UNSUPPORTED',
    code: 'MISDIRECTED',
    message: 'the request is for another host',
  },
  {
    when: [494],
    status: 431,
    ociCode: 'UNSUPPORTED',
    code: 'HEADERS_TOO_LARGE',
    message: 'a header is longer than 14 KiB, or all together are longer than 28 KiB',
  },
  {
    when: [495, 496, 497],
    status: 400,
    ociCode: 'UNSUPPORTED',
    code: 'HTTPS_REQUIRED',
    message: 'this port speaks HTTPS',
  },
  { when: [500, 507], status: 500, ociCode: 'UNKNOWN', code: 'INTERNAL', message: 'the gateway failed' },
  {
    when: [501],
    status: 501,
    ociCode: 'UNSUPPORTED',
    code: 'NOT_IMPLEMENTED',
    message: 'the request asks for something that is not supported',
  },
  {
    when: [502, 503],
    status: 503,
    ociCode: 'UNAVAILABLE',
    code: 'UNAVAILABLE',
    message: UNAVAILABLE,
    retryAfterSeconds: 2,
  },
  {
    when: [504],
    status: 504,
    ociCode: 'UNAVAILABLE',
    code: 'DEADLINE_EXCEEDED',
    message: 'the service did not answer in time',
  },
  {
    when: [505],
    status: 505,
    ociCode: 'UNSUPPORTED',
    code: 'VERSION_NOT_SUPPORTED',
    message: 'the HTTP version is not supported',
  },
];

const PATH = '/.berth/error';

/**
 * Which of the two forms an error takes, by the request line itself: a malformed URI has no other. `$request` may also
 * hold an absolute URI.
 */
export function errorStyleMap(): string {
  return block('map $request $berth_error_style', [
    'default problem;',
    '"~^[^ ]+ (?:[Hh][Tt][Tt][Pp][Ss]?://[^/ ]*)?/v2(?:[/? ]|$)" oci;',
  ]);
}

/**
 * Directives for the server block. Internal paths, not named locations: those answer a malformed URI with 500.
 */
export function errorPages(): string[] {
  return [
    ...GATEWAY_ERRORS.map(
      ({ when, status, code }) =>
        `error_page ${when.join(' ')} =${status} ${PATH}/$berth_error_style/${code};`,
    ),
    ...GATEWAY_ERRORS.flatMap((error) => [ociLocation(error), problemLocation(error)]),
  ];
}

function ociLocation({ status, code, ociCode, message, retryAfterSeconds }: GatewayError): string {
  const body = JSON.stringify({ errors: [{ code: ociCode, message }] });
  return block(`location = ${PATH}/oci/${code}`, [
    'internal;',
    'default_type application/json;',
    'add_header Docker-Distribution-Api-Version registry/2.0 always;',
    ...commonHeaders(retryAfterSeconds),
    `return ${status} ${quoted(body)};`,
  ]);
}

function problemLocation({ status, code, message, retryAfterSeconds }: GatewayError): string {
  const body = JSON.stringify({ type: 'about:blank', title: message, status, code, detail: message });
  return block(`location = ${PATH}/problem/${code}`, [
    'internal;',
    'default_type application/problem+json;',
    ...commonHeaders(retryAfterSeconds),
    `return ${status} ${quoted(body)};`,
  ]);
}

function commonHeaders(retryAfterSeconds: number | undefined): string[] {
  return [
    'add_header X-Request-Id $berth_request_id always;',
    ...(retryAfterSeconds === undefined ? [] : [`add_header Retry-After ${retryAfterSeconds} always;`]),
  ];
}
