import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';

export interface LogFileOptions {
  /** The file becomes `<path>.1` above it; the oldest of `keep` is replaced. Default 64 MiB. */
  readonly maxBytes?: number;
  readonly keep?: number;
  /** Lines that wait above it are dropped and counted. Default 8 MiB. */
  readonly maxPendingBytes?: number;
  /** Told when the file cannot be written, and when it can be again, once each. */
  readonly onTrouble?: (message: string) => void;
  /** Pause before another try after a failure. Default 5,000. */
  readonly retryMs?: number;
  readonly clock?: () => number;
}

/**
 * A log file with one writer, as a stream that never emits an error: while the file cannot be written (missing
 * folder, full disk) lines are dropped and counted, and the count is reported when it can be written again.
 */
export class LogFile extends Writable {
  readonly #path: string;
  readonly #options: Required<LogFileOptions>;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #dropped = 0;
  #retryAt = 0;
  #inTrouble = false;
  #flushing: Promise<void> | undefined;

  constructor(path: string, options: LogFileOptions = {}) {
    super({ decodeStrings: true });
    this.#path = path;
    this.#options = {
      maxBytes: 64 * 2 ** 20,
      keep: 3,
      maxPendingBytes: 8 * 2 ** 20,
      onTrouble: () => {},
      retryMs: 5_000,
      clock: Date.now,
      ...options,
    };
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#pendingBytes + chunk.byteLength > this.#options.maxPendingBytes) this.#dropped++;
    else {
      this.#pending.push(chunk);
      this.#pendingBytes += chunk.byteLength;
      this.#flushing ??= this.#flushAll();
    }
    done();
  }

  /** Resolves when what was written so far is in the file or given up. */
  async flush(): Promise<void> {
    await this.#flushing;
  }

  /** For the last moment of a dying process. */
  flushSync(): void {
    if (this.#file === undefined) return;
    try {
      for (const chunk of this.#pending.splice(0)) writeSync(this.#file.fd, chunk);
    } catch {
      // nobody is left to be told
    }
  }

  override _final(done: () => void): void {
    void this.flush()
      .then(() => this.#close())
      .then(done, done);
  }

  async #flushAll(): Promise<void> {
    await Promise.resolve();
    while (this.#pending.length > 0) {
      const batch = Buffer.concat(this.#pending);
      const lines = this.#pending.length;
      this.#pending = [];
      this.#pendingBytes = 0;
      try {
        await this.#append(batch);
      } catch (error) {
        this.#dropped += lines;
        await this.#fail(error);
      }
    }
    this.#flushing = undefined;
  }

  async #append(batch: Buffer): Promise<void> {
    if (this.#options.clock() < this.#retryAt) throw undefined;
    const file = this.#file ?? (await this.#open());
    await file.appendFile(batch);
    this.#fileBytes += batch.byteLength;
    if (this.#inTrouble) {
      const dropped = this.#dropped;
      this.#inTrouble = false;
      this.#dropped = 0;
      this.#options.onTrouble(`log file ${this.#path} is written again; ${dropped} lines were lost`);
    }
    if (this.#fileBytes > this.#options.maxBytes) await this.#rotate();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true });
    this.#file = await open(this.#path, 'a', 0o600);
    this.#fileBytes = (await this.#file.stat()).size;
    return this.#file;
  }

  async #rotate(): Promise<void> {
    await this.#close();
    for (let number = this.#options.keep; number > 1; number--)
      await rename(`${this.#path}.${number - 1}`, `${this.#path}.${number}`).catch(() => {});
    await rename(this.#path, `${this.#path}.1`);
  }

  async #fail(error: unknown): Promise<void> {
    if (error === undefined) return;
    this.#retryAt = this.#options.clock() + this.#options.retryMs;
    await this.#close();
    if (this.#inTrouble) return;
    this.#inTrouble = true;
    this.#options.onTrouble(`log file ${this.#path} cannot be written, lines are lost: ${String(error)}`);
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => {});
  }
}
