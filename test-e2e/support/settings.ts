/** What the end-to-end tests and the benchmark take from the environment. The only place that reads it. */
export const settings = {
  path: process.env.PATH ?? '',
  /** How long the crash suite kills processes. The short run belongs to `npm test`. */
  chaosSeconds: positive('BERTH_TEST_CHAOS_SECONDS', 25),
  /** How long clients work while the sweep runs, on each set-up. The short run belongs to `npm test`. */
  soakSeconds: positive('BERTH_TEST_SOAK_SECONDS', 8),
  /** How long two regions work while what is between them fails. The short run belongs to `npm test`. */
  twoRegionsSeconds: positive('BERTH_TEST_TWO_REGIONS_SECONDS', 20),
  /** The size of the layer that is replicated. The small one belongs to `npm test`. */
  replicatedLayerMib: positive('BERTH_TEST_REPLICATED_LAYER_MIB', 128),
  /** How many tags are replicated at once. The few belong to `npm test`. */
  replicatedTags: positive('BERTH_TEST_REPLICATED_TAGS', 200),
  /** What the client scenarios run against: `berth`, or `distribution` as a check of the scenarios themselves. */
  target: process.env.BERTH_TEST_TARGET ?? 'berth',
  /** How long each fault of the servers behind Berth lasts. The short run belongs to `npm test`. */
  faultSeconds: positive('BERTH_TEST_FAULT_SECONDS', 2),
  /** The size of the upload to S3 whose copy is killed. The small one belongs to `npm test`. */
  bigUploadMib: positive('BERTH_TEST_BIG_UPLOAD_MIB', 512),
  /** What the suites of clients, conformance and access run on: `embedded`, or `production` for MongoDB and S3 with two copies. */
  isProduction: process.env.BERTH_TEST_BACKENDS === 'production',
  /** `1`: a missing program fails the suite that needs it; else that suite is skipped and says so. */
  requirePrograms: process.env.BERTH_TEST_REQUIRE_TOOLS === '1',
} as const;

/** What programs are found by, which the benchmark completes before it starts some. */
export const toolsEnvironment: NodeJS.ProcessEnv = process.env;

function positive(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new Error(`${name} must be a number above zero, not ${text}`);
  return value;
}
