export * from './start-test-bus.ts';
