/** A registry under measurement. The measures know nothing else of it. */
export interface BenchTarget {
  /** As it stands in the table. */
  readonly name: string;
  /** `http://127.0.0.1:5000` */
  readonly origin: string;
  /** Peers run bare; with a credential every client fetches a Bearer token first, as docker does. */
  readonly credential?: Credential;
  /** docker-registry 2.8 ignores `n` and answers with every tag. */
  readonly pagesTags: boolean;
  /** The processes whose memory counts. */
  processes(): Promise<readonly NamedProcess[]>;
  stop(): Promise<void>;
}

export interface Credential {
  readonly username: string;
  readonly password: string;
}

export interface NamedProcess {
  readonly name: string;
  readonly pid: number;
}
