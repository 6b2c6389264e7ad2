import { dirname, join } from 'node:path';
import type { Children } from './children.ts';
import { makeFolder } from './make-folder.ts';
import { askReadiness, type Part } from './readiness.ts';
import { databaseUrl, type ServiceContext, serviceEnvironment } from './service-environment.ts';
import { NODE_FLAGS, type ServiceDefinition } from './service-table.ts';
import { reasonOf, StartError } from './start-error.ts';
import type { SupervisedProcess } from './supervised-process.ts';

/** One process of a service, and the loopback port that it keeps. */
export interface ServiceCopy {
  readonly service: ServiceDefinition;
  /** From 1. */
  readonly number: number;
  readonly port: number;
}

/** As many copies as the scale says; `nextPort` gives each its port. */
export function planCopies(
  services: readonly ServiceDefinition[],
  scale: ReadonlyMap<string, number>,
  nextPort: () => number,
): ServiceCopy[] {
  return services.flatMap((service) =>
    Array.from({ length: scale.get(service.name) ?? 1 }, (_, index) => ({
      service,
      number: index + 1,
      port: nextPort(),
    })),
  );
}

/** Starts a copy in a process of its own. */
export async function startCopy(
  { service, number, port }: ServiceCopy,
  { children, context }: { readonly children: Children; readonly context: ServiceContext },
): Promise<SupervisedProcess> {
  const [, file] = /^sqlite:(.*)$/s.exec(databaseUrl(service.name, context)) ?? [];
  if (service.hasDatabase && file !== undefined) {
    await makeFolder(dirname(file)).catch((cause) => {
      const message = `BERTH_DATABASE_URL: the folder of ${file} cannot be made: ${reasonOf(cause)}`;
      throw new StartError('DATA_FOLDER_UNUSABLE', message, { cause });
    });
  }
  const name = number === 1 ? service.name : `${service.name}-${number}`;
  const logFile = join(context.folder.logs, `${name}.log`);
  return children.start(
    {
      name,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', ...NODE_FLAGS, service.main],
      env: serviceEnvironment(service, { port, logFile }, context),
      cwd: context.folder.run,
      stop: { signal: 'SIGTERM', timeoutMs: 5_500 },
      orphanEnd: 'later',
    },
    { port, writesOwnLog: true },
  );
}

/** What the readiness of the whole is asked from. */
export function partsOf(copies: readonly ServiceCopy[]): Part[] {
  return copies.map(({ service, port }) => ({
    service: service.name,
    isEssential: service.isEssential,
    check: () => askReadiness({ host: '127.0.0.1', port }),
  }));
}
