export * from './compile-globs.ts';
export * from './glob-error.ts';
