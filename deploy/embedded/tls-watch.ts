import { reasonOf } from './start-error.ts';
import { readTlsPair, type TlsFiles, type TlsPair } from './tls-pair.ts';

export interface TlsWatchOptions {
  readonly current: TlsPair;
  readonly onNewPair: (pair: TlsPair) => Promise<void>;
  readonly onTrouble: (message: string) => void;
  /** Default 2,000. */
  readonly intervalMs?: number;
}

/**
 * Reads a certificate and its key again and again (folders that Kubernetes or certbot replace are noticed like files).
 * A pair that is broken, or half replaced, is told of once and the one in use stays. Returns the function that ends it.
 */
export function watchTlsPair(files: TlsFiles, options: TlsWatchOptions): () => void {
  const { onNewPair, onTrouble, intervalMs = 2_000 } = options;
  let { current } = options;
  let told = '';
  let isBusy = false;
  const look = async () => {
    try {
      const pair = readTlsPair(files);
      told = '';
      if (pair.certificate === current.certificate && pair.key === current.key) return;
      await onNewPair(pair);
      current = pair;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== told) onTrouble(`the new certificate is not used, the old one stays: ${reason}`);
      told = reason;
    }
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void look().finally(() => {
      isBusy = false;
    });
  }, intervalMs);
  return () => clearInterval(timer);
}
