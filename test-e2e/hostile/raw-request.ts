import { connect, type Socket } from 'node:net';

/** Exactly these bytes go over the wire: paths and headers that clients would refuse to send. */
export interface RawRequest {
  readonly method?: string;
  /** The request target as it stands in the first line. */
  readonly path: string;
  /** `Host`, `Connection: close` and the length of the body are added where they are missing. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request to a port of 127.0.0.1 and reads until the server closes; rejects after `timeoutMs`. */
export function rawRequest(port: number, request: RawRequest, timeoutMs = 20_000): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end of the answer to ${request.method ?? 'GET'} ${request.path.slice(0, 80)}`));
    }, timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve(parseAnswer(Buffer.concat(parts)));
    };
    socket.on('data', (chunk) => parts.push(chunk));
    // A server that refuses a request closes before it has read all: what it said counts.
    socket.on('error', () => undefined);
    socket.on('close', done);
    socket.on('connect', () => writeRequest(socket, request));
  });
}

function writeRequest(socket: Socket, { method = 'GET', path, headers = {}, body = '' }: RawRequest): void {
  const bytes = Buffer.from(body);
  const all: Record<string, string> = { Host: '127.0.0.1', Connection: 'close', ...headers };
  const names = Object.keys(all).map((name) => name.toLowerCase());
  const hasLength = names.includes('content-length') || names.includes('transfer-encoding');
  if (!hasLength && (bytes.length > 0 || method === 'POST')) all['Content-Length'] = String(bytes.length);
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  if (bytes.length > 0) socket.write(bytes);
}

function parseAnswer(bytes: Buffer): RawAnswer {
  let text = bytes.toString('latin1');
  // `100 Continue` comes before the answer itself.
  while (/^HTTP\/1\.1 1\d\d /.test(text)) text = text.slice(text.indexOf('\r\n\r\n') + 4);
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return { status: 0, headers: {}, body: '' };
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) };
}

/** The code of the first error in an OCI error body; the body itself when it is none. */
export function ociCode({ body }: RawAnswer): string {
  try {
    return String(JSON.parse(body).errors[0].code);
  } catch {
    return `no OCI error: ${body.slice(0, 200)}`;
  }
}
