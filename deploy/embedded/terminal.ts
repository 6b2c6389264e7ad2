/** The terminal of the person who started Berth. */
export interface Terminal {
  say(line: string): void;
  /** A warning or an error of a part. At most 20 of one part in 10 s are shown; the rest are counted. */
  complain(part: string, line: string): void;
}

const SHOWN_AT_ONCE = 20;
const WINDOW_MS = 10_000;

export interface TerminalOptions {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

export function createTerminal({ out, err, clock }: TerminalOptions): Terminal {
  const windows = new Map<string, { startedAt: number; count: number }>();
  // A closed terminal must not end what was started from it.
  for (const stream of [out, err]) stream.on('error', () => {});
  return {
    say: (line) => void out.write(`${line}\n`),
    complain(part, line) {
      const now = clock();
      let window = windows.get(part);
      if (window === undefined || now - window.startedAt > WINDOW_MS) {
        const hidden = (window?.count ?? 0) - SHOWN_AT_ONCE;
        if (hidden > 0) err.write(`${part}: … and ${hidden} more lines, see its log\n`);
        window = { startedAt: now, count: 0 };
        windows.set(part, window);
      }
      window.count++;
      if (window.count <= SHOWN_AT_ONCE) err.write(`${line}\n`);
    },
  };
}
