import { Setting, SettingsError } from '@berth/runtime';
import { type Static, Type } from '@sinclair/typebox';
import { isCidr, parseListen } from '../../embedded/network-address.ts';

/** What the gateway of containers reads. */
export const GatewaySettings = Type.Object({
  BERTH_LISTEN: Setting.string({ default: '0.0.0.0:8443', description: 'where clients come in' }),
  BERTH_TLS_CERT_FILE: Setting.optional(Setting.string()),
  BERTH_TLS_KEY_FILE: Setting.optional(Setting.string()),
  BERTH_TRUSTED_PROXIES: Setting.list({ default: '' }),
  BERTH_UPSTREAMS: Setting.list({
    default: '',
    description:
      'where services are found, if not at <service>:8080: metadata=10.0.0.5:8080, several per service',
    pattern: '^[a-z-]+=.+:\\d{1,5}$',
    rule: 'must be <service>=host:port, several separated by commas',
  }),
  BERTH_UPSTREAM_INTERVAL: Setting.duration({ default: '5s', minimum: 100 }),
  BERTH_RUN_FOLDER: Setting.string({ default: '/run/berth' }),
});

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface ReadSettings {
  readonly listen: Target;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  readonly trustedProxies: readonly string[];
  /** Where the copies of each service are found; a name may stand for several. */
  readonly targets: ReadonlyMap<string, readonly Target[]>;
  readonly intervalMs: number;
  readonly runFolder: string;
}

const PORT = 8_080;

/** SettingsError with everything that is wrong. */
export function readGatewaySettings(
  values: Static<typeof GatewaySettings>,
  services: readonly string[],
): ReadSettings {
  const problems: string[] = [];
  const listen = parseListen(values.BERTH_LISTEN);
  if (listen === null) problems.push(`BERTH_LISTEN: must be host:port, not "${values.BERTH_LISTEN}"`);
  for (const proxy of values.BERTH_TRUSTED_PROXIES)
    if (!isCidr(proxy)) problems.push(`BERTH_TRUSTED_PROXIES: must be addresses or CIDRs, not "${proxy}"`);
  const targets = new Map<string, Target[]>();
  for (const entry of values.BERTH_UPSTREAMS) {
    const [name = '', address = ''] = entry.split('=', 2);
    const target = parseListen(address);
    if (!services.includes(name)) problems.push(`BERTH_UPSTREAMS: "${name}" is no service`);
    else if (target === null) problems.push(`BERTH_UPSTREAMS: must be host:port, not "${address}"`);
    else targets.set(name, [...(targets.get(name) ?? []), target]);
  }
  for (const name of services) if (!targets.has(name)) targets.set(name, [{ host: name, port: PORT }]);
  const { BERTH_TLS_CERT_FILE: certificateFile, BERTH_TLS_KEY_FILE: keyFile } = values;
  if ((certificateFile === undefined) !== (keyFile === undefined))
    problems.push('BERTH_TLS_CERT_FILE and BERTH_TLS_KEY_FILE: one is not given');
  if (problems.length > 0 || listen === null) throw new SettingsError(problems);
  return {
    listen,
    tls: certificateFile === undefined || keyFile === undefined ? undefined : { certificateFile, keyFile },
    trustedProxies: values.BERTH_TRUSTED_PROXIES,
    targets,
    intervalMs: values.BERTH_UPSTREAM_INTERVAL,
    runFolder: values.BERTH_RUN_FOLDER,
  };
}
