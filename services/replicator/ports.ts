import type { SecretBox } from '@berth/access';
import type { Outbound } from '@berth/outbound';
import type { RegistryClient } from '@berth/registry-client';
import type { EndpointDocument } from './documents/endpoint.ts';
import type { Records } from './records.ts';

/** How registries are spoken to. */
export interface Registries {
  /** The Berth that this is part of. */
  readonly local: RegistryClient;
  /** AccessError SEAL_BROKEN when its secret was sealed with another platform key. */
  remote(endpoint: EndpointDocument): RegistryClient;
}

/** A look whether an endpoint works. */
export interface Trials {
  /** A client that knows no token yet, asks once and gives up at the signal. AccessError SEAL_BROKEN as above. */
  trial(endpoint: EndpointDocument, signal: AbortSignal): RegistryClient;
}

/** What metadata tells of the registries here. */
export interface LocalRegistries {
  /** Whether it is there and not being deleted. */
  exists(registryId: string): Promise<boolean>;
  /** Its images, in the order of their names. */
  images(registry: { readonly id: string; readonly name: string }): AsyncGenerator<string>;
}

/** What the doors of the service need. */
export interface Replicator {
  readonly records: Records;
  readonly box: SecretBox;
  readonly outbound: Pick<Outbound, 'checkTarget'>;
  readonly registries: Registries & Trials;
  readonly local: LocalRegistries;
  /** There is work. */
  readonly wake: () => void;
}
