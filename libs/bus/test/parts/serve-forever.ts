/** A copy of a service that takes calls and answers none: `node serve-forever.ts <nats url>`. Tells its parent of both. */
import { createMetrics, silentLogger } from '@berth/runtime';
import { connectBus } from '../../index.ts';
import { echo, store } from './methods.ts';

const [, , servers = ''] = process.argv;
const metrics = createMetrics('metadata', { withProcess: false });
const bus = await connectBus({ servers, service: 'metadata', logger: silentLogger, metrics });
for (const method of [echo, store]) {
  bus.serve(method, () => {
    process.send?.('called');
    return new Promise(() => {});
  });
}
await bus.check();
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
