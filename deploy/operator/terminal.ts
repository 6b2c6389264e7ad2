/** What a command shows. */
export interface Terminal {
  /** The result, on standard output. */
  print(text: string): void;
  /** How far it is, on standard error where somebody looks; replaces what was shown before. */
  progress(text: string): void;
}

const EVERY_MS = 200;

export function openTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  let shownAt = 0;
  return {
    print: (text) => void stdout.write(text),
    progress(text) {
      if (stderr.isTTY !== true) return;
      const now = performance.now();
      if (text !== '' && now - shownAt < EVERY_MS) return;
      shownAt = now;
      stderr.write(`\r\u001b[K${text}`);
    },
  };
}
