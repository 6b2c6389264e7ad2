// What `npm start -- --help` prints. Plain JavaScript for Node 20 and newer, with nothing installed.
export const START_HELP = `Starts Berth on this machine: npm start

It takes no arguments; settings are environment variables, or <NAME>_FILE names a file that holds the value:

  BERTH_LISTEN=127.0.0.1:5000   where the gateway listens
  BERTH_DATA=./data             databases, blobs, events, secrets, logs
  BERTH_PUBLIC_URL              the origin that clients see, as in https://berth.example.com
  BERTH_TRUSTED_PROXIES         CIDRs of proxies whose forwarded headers are believed
  BERTH_ADMIN_PASSWORD          of admin, at the first start; else one is generated into the data folder
  BERTH_PLATFORM_KEY            encrypts stored secrets; else one is generated into the data folder
  BERTH_DATABASE_URL            sqlite:/absolute/folder or mongodb://…; else SQLite in the data folder
  BERTH_STORAGE_URL             file:/absolute/folder or s3://bucket/prefix?…; else files in the data folder
  BERTH_NATS_URL, BERTH_NATS_CREDENTIALS_FILE
                                an existing server with JetStream; else an own one on loopback
  BERTH_TLS_CERT_FILE, BERTH_TLS_KEY_FILE
                                HTTPS at the gateway
  BERTH_SCALE                   copies of services, as in distribution-api=2
  BERTH_LOG_LEVEL=info          of the JSON lines under the data folder

The services take more, in the same way, as BERTH_OUTBOUND_ALLOW_CIDRS. All of them: deploy/README.md and docs/OPERATING.md.
`;

/**
 * Whether it is help that is asked for.
 *
 * @param {readonly string[]} args
 * @throws {Error} naming the first argument that is none
 */
export function isHelp(args) {
  if (args.includes('--help') || args.includes('-h')) return true;
  const [unknown] = args;
  if (unknown === undefined) return false;
  throw new Error(
    `unknown argument "${unknown}": settings are environment variables, which "npm start -- --help" lists`,
  );
}
