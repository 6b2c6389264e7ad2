import { Agent, type Dispatcher } from 'undici';
import type { Credentials, IssueToken } from './authenticator.ts';
import { type BlobClient, createBlobClient } from './blobs.ts';
import { createListingClient, type ListingClient } from './listings.ts';
import { createManifestClient, type ManifestClient } from './manifests.ts';
import { pingRegistry } from './ping-registry.ts';
import type { RetryOptions } from './retry.ts';
import { Transport } from './transport.ts';
import { createUploadClient, type UploadClient } from './uploads.ts';

export interface RegistryClientOptions {
  /** Origin of the registry: `https://registry.example.com`, `http://127.0.0.1:5000`. */
  readonly url: string;
  readonly credentials?: Credentials;
  /** Where tokens come from in place of the registry's realm: then it is given no credentials. */
  readonly issueToken?: IssueToken;
  /** Sent with each request to the registry itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Hosts of token servers that may be given the credentials; the registry's own always may. Any other realm is refused
   * with RegistryClientError UNAUTHORIZED.
   */
  readonly realmHosts?: readonly string[];
  /** How connections are made; the caller closes it. Default: an own pool, closed with the client. */
  readonly dispatcher?: Dispatcher;
  /** Of the own pool; default 16. */
  readonly maxConnections?: number;
  /**
   * Whether a blob may be read at this other origin (object storage) that the registry sends on to; no credentials go
   * there. Default: anywhere. All else is asked at the registry's own host alone.
   */
  readonly mayRedirectTo?: (target: URL) => boolean;
  /** Gives up every request of this client, those for tokens too. */
  readonly signal?: AbortSignal;
  readonly retry?: RetryOptions;
  readonly userAgent?: string;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  /** From 0 up to 1. */
  readonly random?: () => number;
  /** How to pause before another try. */
  readonly wait?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Speaks the OCI distribution API 1.1 to one registry. Errors are RegistryClientErrors. */
export interface RegistryClient {
  readonly origin: string;
  readonly blobs: BlobClient;
  readonly uploads: UploadClient;
  readonly manifests: ManifestClient;
  readonly lists: ListingClient;
  /** `GET /v2/`: that it is a registry and takes the credentials. RegistryClientError PROTOCOL when something else answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const registry = new URL(new URL(options.url).origin);
  const dispatcher = options.dispatcher ?? createPool(options.maxConnections ?? 16);
  const transport = new Transport({
    registry,
    dispatcher,
    credentials: options.credentials ?? null,
    realmHosts: options.realmHosts ?? [],
    issueToken: options.issueToken,
    headers: options.headers ?? {},
    userAgent: options.userAgent ?? 'berth',
    retry: options.retry ?? {},
    mayRedirectTo: options.mayRedirectTo ?? (() => true),
    signal: options.signal,
    clock: options.clock ?? Date.now,
    random: options.random ?? Math.random,
    ...(options.wait === undefined ? {} : { wait: options.wait }),
  });
  const uploads = createUploadClient(transport);

  return {
    origin: registry.origin,
    blobs: createBlobClient(transport, uploads),
    uploads,
    manifests: createManifestClient(transport),
    lists: createListingClient(transport),
    ping: () => pingRegistry(transport),
    async close() {
      if (options.dispatcher === undefined) {
        await dispatcher.close();
      }
    },
  };
}

function createPool(connections: number): Agent {
  return new Agent({ connections, keepAliveTimeout: 10_000, connect: { timeout: 10_000 } });
}
