import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP has it in JSON, its attributes and those of its process by name. */
export interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly isFailed: boolean;
  readonly service: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface SpanCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: readonly SentSpan[];
  /** The bodies as they came, and the headers of the requests. */
  readonly requests: readonly { readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[];
  /** From now on: a status, or no answer at all. */
  answer(how: number | 'nothing'): void;
  stop(): Promise<void>;
}

interface Attribute {
  readonly key: string;
  readonly value: object;
}

/** Takes spans by OTLP over HTTP, in JSON, on a free port of loopback. */
export async function startSpanCollector(): Promise<SpanCollector> {
  const spans: SentSpan[] = [];
  const requests: SpanCollector['requests'][number][] = [];
  let how: number | 'nothing' = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ headers: request.headers, body });
      if (request.url === '/v1/traces') spans.push(...spansOf(JSON.parse(body)));
      if (how !== 'nothing') response.writeHead(how).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    answer: (given) => {
      how = given;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Pick<SentSpan, 'name' | 'traceId' | 'spanId'> & {
        readonly parentSpanId?: string;
        readonly status: { readonly code?: number };
        readonly attributes?: readonly Attribute[];
      })[];
    }[];
  }[];
}

const ERROR = 2;

function spansOf({ resourceSpans }: Sent): SentSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId = '', status, attributes = [] }) => ({
        ...{ name, traceId, spanId, parentSpanId, service },
        isFailed: status.code === ERROR,
        attributes: valuesOf(attributes),
      })),
    );
  });
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
