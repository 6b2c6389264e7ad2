/** A running registry with one user who may do everything. What the client scenarios know of it. */
export interface E2eTarget {
  /** `127.0.0.1:5000` */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Makes the first path segment of names usable. */
  createRegistry(name: string): Promise<void>;
  stop(): Promise<void>;
}
