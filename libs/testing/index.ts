export * from './make-certificate.ts';
export * from './mongo-server.ts';
export * from './nats-server.ts';
export * from './s3-server.ts';
export * from './start-berth.ts';
export * from './temporary-folder.ts';
export * from './tools-path.ts';
export * from './wait-until.ts';
