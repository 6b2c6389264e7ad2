export type { Credential } from './credential.ts';
export * from './management-client.ts';
export * from './management-error.ts';
export type * from './operation.ts';
