// Plain JavaScript, since it is started again and again. Is the container well? A service by its /readyz, the gateway by its /healthz; exit code 1 with the answer where it is not.
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

const LIMIT_MS = 4_000;
const { BERTH_LISTEN = '0.0.0.0:8443', BERTH_HTTP_LISTEN = '', BERTH_TLS_CERT_FILE } = process.env;
const isGateway = process.argv[2] === 'gateway';
const port = (isGateway ? BERTH_LISTEN : BERTH_HTTP_LISTEN).split(':').at(-1);
const isSecure = isGateway && BERTH_TLS_CERT_FILE !== undefined;
const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}/${isGateway ? 'healthz' : 'readyz'}`;
const fail = (reason) => {
  process.stdout.write(`${reason}\n`);
  process.exit(1);
};

/** It asks itself: whose certificate that is does not matter. */
const options = { timeout: LIMIT_MS, rejectUnauthorized: false };
const request = (isSecure ? getSecurely : get)(url, options, (response) => {
  response.setEncoding('utf8');
  let text = '';
  response.on('data', (chunk) => {
    text += chunk;
  });
  response.on('end', () => {
    if (response.statusCode !== 200) fail(`${response.statusCode} ${text}`);
  });
});
request.on('timeout', () => fail(`no answer within ${LIMIT_MS} ms`));
request.on('error', (error) => fail(error.message));
