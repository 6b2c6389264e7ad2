/**
 * Tells the thread that reads that the log is being carried over: it then keeps no snapshot for longer than one read,
 * else readers that never pause would keep the log from ever starting anew.
 */
export interface CheckpointSignal {
  readonly shared: SharedArrayBuffer;
  readonly isOn: () => boolean;
  begin(): void;
  end(): void;
}

/** A new signal, or the one that the other thread shares. */
export function createCheckpointSignal(shared = new SharedArrayBuffer(4)): CheckpointSignal {
  const flag = new Int32Array(shared);
  return {
    shared,
    isOn: () => Atomics.load(flag, 0) !== 0,
    begin: () => void Atomics.store(flag, 0, 1),
    end: () => void Atomics.store(flag, 0, 0),
  };
}
