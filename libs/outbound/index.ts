export type { TlsTrust } from './guarded-agent.ts';
export type { Resolve } from './guarded-resolver.ts';
export * from './outbound.ts';
export * from './outbound-error.ts';
export type { OutboundAnswer } from './read-answer.ts';
