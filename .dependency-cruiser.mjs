/**
 * The direction of imports: oci, contracts, runtime at the bottom, the other libs, the services, cli, deploy and test-e2e
 * on top. Vendors stay behind their fence. docs/ARCHITECTURE.md says why.
 */

const TESTS = '(^|/)(test|testing|bench)/';
const NOT_TESTS = { pathNot: TESTS };
const LIB = '^libs/([^/]+)/';
const SERVICE = '^services/([^/]+)/';

/** Libs by what they may import of other libs, tests apart. Whoever adds a lib adds a line. */
const LIB_IMPORTS = {
  oci: [],
  contracts: ['oci'],
  runtime: [],
  access: ['contracts', 'oci', 'runtime'],
  'blob-store': ['oci', 'runtime'],
  bus: ['contracts', 'runtime'],
  'document-store': ['contracts', 'runtime'],
  http: ['contracts', 'oci', 'runtime', 'access'],
  globs: ['contracts'],
  outbound: ['runtime'],
  'management-client': ['contracts'],
  'registry-client': ['oci', 'outbound', 'runtime'],
  testing: ['oci', 'runtime', 'contracts'],
};

const libRules = Object.entries(LIB_IMPORTS).map(([lib, allowed]) => ({
  name: `lib-${lib}`,
  comment: `libs/${lib} imports ${allowed.join(', ') || 'no other lib'}.`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, ...NOT_TESTS },
  to: { path: '^libs/', pathNot: `^libs/(${[lib, ...allowed].join('|')})/` },
}));

/** A third-party package, imported only there. */
const fence = (name, vendors, folders) => ({
  name: `fence-${name}`,
  comment: `${vendors} only in ${folders}: everybody else uses the port.`,
  severity: 'error',
  from: { pathNot: [folders, TESTS] },
  to: { path: vendors },
});

const npm = (names) =>
  `node_modules/(\\.pnpm/)?(${names.map((name) => name.replace('/', '[/+]')).join('|')})(@|/|$)`;

const layer = (name, from, to, comment) => ({
  name: `service-${name}`,
  comment,
  severity: 'error',
  from: { path: `${SERVICE}${from}/`, ...NOT_TESTS },
  to: { path: `^services/$1/(${to})/` },
});

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two files that import each other are one thing, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'libs-know-no-service',
      comment: 'Imports go down only.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(services|deploy|cli|test-e2e)/' },
    },
    {
      name: 'service-knows-no-service',
      comment: 'Services talk over the bus, in the words of libs/contracts.',
      severity: 'error',
      from: { path: SERVICE },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'services-know-no-deploy',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '^(deploy|cli|test-e2e)/' },
    },
    {
      name: 'deploy-knows-no-service',
      comment: 'It starts them as programs, checks their settings before, and moves what they keep.',
      severity: 'error',
      from: { path: '^deploy/' },
      to: { path: '^(services|cli|test-e2e)/', pathNot: '^services/[^/]+/(config|collections)\\.ts$' },
    },
    {
      name: 'cli-speaks-the-contract',
      comment:
        'The command line is a client like any other: it knows the management API and nothing behind it.',
      severity: 'error',
      from: { path: '^cli/', ...NOT_TESTS },
      to: { path: '^(libs|services|deploy|test-e2e)/', pathNot: '^libs/(contracts|management-client)/' },
    },
    {
      name: 'product-without-test-code',
      comment: 'libs/testing and the testing doors of libs are for tests.',
      severity: 'error',
      from: { path: '^(libs|services|deploy|cli)/', pathNot: ['^libs/testing/', TESTS, '\\.test\\.ts$'] },
      to: { path: ['^libs/testing/', '^libs/[^/]+/testing/', '/test/'] },
    },
    {
      name: 'lib-by-its-door',
      comment: 'A package is used through its index.ts or testing/index.ts.',
      severity: 'error',
      from: { path: `${LIB}|^(?:services|deploy|cli|test-e2e)/` },
      to: { path: '^libs/', pathNot: ['^libs/$1/', '^libs/[^/]+/(testing/)?index\\.ts$'] },
    },
    ...libRules,
    {
      name: 'oci-is-pure',
      comment: 'Words of the field, no I/O: node:crypto is the only import.',
      severity: 'error',
      from: { path: '^libs/oci/', ...NOT_TESTS },
      to: { pathNot: ['^libs/oci/', '^(node:)?crypto$'] },
    },
    layer('http', 'http', 'adapters|rpc|consumers', 'http → use cases → ports ← adapters'),
    layer('rpc', 'rpc', 'adapters|http|consumers', 'rpc → use cases → ports ← adapters'),
    layer('consumers', 'consumers', 'adapters|http|rpc', 'consumers → use cases → ports ← adapters'),
    layer('adapters', 'adapters', 'http|rpc|consumers', 'An adapter is one technology behind a port.'),
    {
      name: 'service-use-cases',
      comment: 'The story, in words of the domain: not who asks, nor by what technology.',
      severity: 'error',
      from: {
        path: SERVICE,
        pathNot: [TESTS, `${SERVICE}(http|rpc|consumers|adapters)/`, `${SERVICE}[^/]+\\.ts$`],
      },
      to: { path: '^services/$1/(http|rpc|consumers|adapters)/' },
    },
    fence('express', npm(['express', '@types/express']), '^(libs/http|services/[^/]+/http)/'),
    fence('nats', npm(['@nats-io/[^/@+]+', 'nats']), '^libs/bus/'),
    fence('databases', `${npm(['mongodb'])}|^(node:)?sqlite$`, '^libs/document-store/'),
    fence('opentelemetry', npm(['@opentelemetry/[^/@+]+']), '^libs/runtime/tracing/'),
    fence('aws', npm(['@aws-sdk/[^/@+]+', '@smithy/[^/@+]+']), '^libs/blob-store/'),
    fence('jose', npm(['jose']), '^(libs/access|services/auth-token)/'),
    fence('undici', npm(['undici']), '^(libs/outbound|libs/registry-client)/'),
    fence('yargs', npm(['yargs', '@types/yargs']), '^cli/'),
    fence('metrics-and-logs', npm(['winston', 'prom-client']), '^libs/runtime/'),
    {
      name: 'no-undeclared-dependency',
      comment: 'What is imported stands in the package.json beside it.',
      severity: 'error',
      from: { pathNot: '^(jest\\.config\\.js|\\.dependency-cruiser\\.mjs)$' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    preserveSymlinks: false,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage)/' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['types', 'node', 'import', 'default'],
      mainFields: ['main'],
    },
  },
};
