// Looks once at the servers that its input names: what is wrong with them goes to its output. A program of its own, so that the
// start keeps none of the drivers in memory.
import { text } from 'node:stream/consumers';
import { type GivenServers, problemsOf } from './given-servers.ts';

const servers = JSON.parse(await text(process.stdin)) as GivenServers;
process.stdout.write(JSON.stringify(await problemsOf(servers)));
