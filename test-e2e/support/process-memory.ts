import { readFile, writeFile } from 'node:fs/promises';

export interface ProcessMemory {
  readonly residentBytes: number;
  /** The highest since the start, or since `resetPeak`. */
  readonly peakBytes: number;
}

/** Resident memory of a process as the kernel counts it. Linux only. */
export async function processMemory(pid: number): Promise<ProcessMemory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { residentBytes: field(status, 'VmRSS'), peakBytes: field(status, 'VmHWM') };
}

/** Sets the peak back to what is resident now. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

function field(status: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return Number(match?.[1] ?? Number.NaN) * 1024;
}
