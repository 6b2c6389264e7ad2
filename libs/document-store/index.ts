export * from './export-counters.ts';
export * from './instrumented.ts';
export * from './open-document-store.ts';
export * from './open-service-store.ts';
export * from './port.ts';
export * from './process-lock.ts';
export * from './retry-conflict.ts';
export * from './store-error.ts';
