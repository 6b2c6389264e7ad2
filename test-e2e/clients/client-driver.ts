import type { TestImage } from '../images/test-image.ts';

export interface ClientContext {
  /** `127.0.0.1:5000` */
  readonly host: string;
  /** For the client's home, configuration and images; it is empty. */
  readonly folder: string;
}

/** What a client has after a pull, told from its own copy of the bytes. */
export interface Pulled {
  /** Digests of the uncompressed layers, in order. */
  readonly diffIds: readonly string[];
}

/**
 * One real client behind the same few verbs. `reference` is `acme/web:1.0` or `acme/web@sha256:…`, without the host.
 * Every method rejects with what the client printed when it fails.
 */
export interface ClientDriver {
  login(username: string, password: string): Promise<void>;
  logout(): Promise<void>;
  push(image: TestImage, reference: string): Promise<void>;
  pull(reference: string): Promise<Pulled>;
  /** Forgets the local copy, so that a pull has to fetch. */
  removeLocal(reference: string): Promise<void>;
  /** The digest of the manifest that a tag points at. */
  digest(reference: string): Promise<string>;
  /** Left out where the client has no such command. */
  tags?(repository: string): Promise<readonly string[]>;
  remove?(reference: string): Promise<void>;
  close?(): Promise<void>;
}

export interface ClientKind {
  readonly name: string;
  readonly programs: readonly string[];
  /** Says why the client cannot run here; null when it can. */
  obstacle?(): string | null;
  start(context: ClientContext): Promise<ClientDriver>;
}
