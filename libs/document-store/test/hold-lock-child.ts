import { acquireProcessLock } from '../process-lock.ts';

acquireProcessLock(String(process.argv[2]));
process.stdout.write('locked\n');
setInterval(() => undefined, 1_000);
