import type { Readable, Writable } from 'node:stream';

/** All of the outside that a command touches. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly now: () => Date;
  readonly fetch: typeof fetch;
}

/** Whether somebody sits there who can be asked. */
export function isInteractive({ stdin, stderr }: World): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Resolves when the stream took it; rejects when nobody reads it any more (EPIPE). */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
