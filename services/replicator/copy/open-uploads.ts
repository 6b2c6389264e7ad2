/** An upload of a blob that goes on at this location of the destination. */
export interface OpenUpload {
  /** Registry, repository and digest. */
  readonly blob: string;
  readonly location: string;
}

/** The uploads that a task has begun and not ended: the next try goes on with them. */
export interface OpenUploads {
  /** What is to be kept with the task. */
  list(): OpenUpload[];
  find(blob: string): string | undefined;
  /** Without a location it is over. */
  note(blob: string, location?: string): void;
}

/** A registry may put what it likes in a location. */
const MAX_LOCATION = 2_048;

/** `onBegun` is told of each that is new. */
export function createOpenUploads(known: readonly OpenUpload[], onBegun: () => void): OpenUploads {
  const locations = new Map(known.map(({ blob, location }) => [blob, location]));
  return {
    list: () => [...locations].map(([blob, location]) => ({ blob, location })),
    find: (blob) => locations.get(blob),
    note(blob, location) {
      if (location === undefined || location.length > MAX_LOCATION) return void locations.delete(blob);
      const isNew = !locations.has(blob);
      locations.set(blob, location);
      if (isNew) onBegun();
    },
  };
}
