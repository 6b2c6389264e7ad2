import type { GrantSource } from '../ports.ts';

/** While there are none to keep: administrators, and the public, are all there is. */
export const noGrants: GrantSource = { grantsOf: async () => [] };
