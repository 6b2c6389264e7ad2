import type { ManifestReader } from './artifacts/manifest-reader.ts';
import type { Facts } from './facts.ts';
import type { PullRecorder } from './pulls/pull-recorder.ts';
import type { RegistryFinder } from './registries/find-registry.ts';

/** What the doors of the service, RPC and HTTP, call into. */
export interface Metadata {
  readonly facts: Facts;
  readonly finder: RegistryFinder;
  readonly manifests: ManifestReader;
  readonly pulls: PullRecorder;
}
