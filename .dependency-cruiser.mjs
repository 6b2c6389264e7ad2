/** The direction of imports: oci ← contracts, runtime ← the other libs ← services ← test-e2e; vendors behind their fence. */
const fence = (name, vendor, allowed) => ({
  name,
  severity: 'error',
  from: { pathNot: allowed },
  to: { path: vendor },
});

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'oci-is-pure',
      severity: 'error',
      from: { path: '^libs/oci/[^/]+[.]ts$' },
      to: { pathNot: '^libs/oci/|^(node:)?crypto$' },
    },
    {
      name: 'libs-below-services',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(services|deploy|test-e2e)/' },
    },
    {
      name: 'no-service-in-a-service',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    fence('express-fence', 'node_modules/express/', '^libs/http/|^services/[^/]+/http/'),
    fence('nats-fence', 'node_modules/@nats-io/', '^libs/bus/'),
    fence('sqlite-fence', '^(node:)?sqlite$', '^libs/document-store/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
      extensions: ['.ts', '.js'],
    },
  },
};
