/**
 * Holds what a caller expects (`If-Match`, `If-None-Match`) against the version that is about to be changed, undefined
 * where there is nothing; throws when it is another. Asked anew when the write lost a race, so that it holds at the write.
 */
export type RequireVersion = (version: number | undefined) => void;
