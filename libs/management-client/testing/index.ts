export * from './contract-server.ts';
export * from './samples.ts';
