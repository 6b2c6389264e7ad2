/** `127.0.0.1:4001` */
export type HostPort = string;

/** What a service serves at the gateway. A path ending in `/*` stands for itself and all below it. */
export interface GatewayRoute {
  readonly path: string;
  readonly upstream: string;
}

/** All that the gateway's configuration is made from; every path is absolute. */
export interface GatewaySettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /** pid file and temporary files go here. */
  readonly runFolder: string;
  /** Where the file driver keeps blobs, served below `accelPrefix` on `X-Accel-Redirect` only. */
  readonly blobs?: { readonly folder: string; readonly accelPrefix: string };
  /** The copies of each service. */
  readonly upstreams: Readonly<Record<string, readonly HostPort[]>>;
  readonly routes: readonly GatewayRoute[];
  /** A free port of loopback for the gateway itself: see `secondHop` in `locations.ts`. */
  readonly secondHop: HostPort;
  /** Answers `/readyz` for the whole. */
  readonly status: HostPort;
  /** CIDRs of peers whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  /** `1.22.1` */
  readonly nginxVersion: string;
  /** Set when nginx is started as root: its workers then stay that user. */
  readonly user?: string;
  /** Files that each worker may have open. */
  readonly maxOpenFiles: number;
}
