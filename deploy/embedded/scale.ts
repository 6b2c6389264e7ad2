import type { ServiceDefinition } from './service-table.ts';

export interface ScaleOptions {
  readonly services: readonly ServiceDefinition[];
  /** SQLite databases are opened by one process only. */
  readonly isSqlite: boolean;
}

const MAX_COPIES = 32;

/** `['distribution-api=2']` as copies by service, one each by default, and what is wrong with it, a line each. */
export function parseScale(
  parts: readonly string[],
  { services, isSqlite }: ScaleOptions,
): { readonly copies: ReadonlyMap<string, number>; readonly problems: readonly string[] } {
  const copies = new Map(services.map(({ name }) => [name, 1]));
  const problems: string[] = [];
  for (const part of parts) {
    const [, name = '', count = ''] = /^([a-z-]+)=(\d{1,3})$/.exec(part) ?? [];
    const service = services.find((one) => one.name === name);
    const wanted = Number(count);
    if (name === '') problems.push(`BERTH_SCALE: "${part}" must be service=copies`);
    else if (service === undefined)
      problems.push(`BERTH_SCALE: "${part}" names no service; they are ${[...copies.keys()].join(', ')}`);
    else if (wanted < 1 || wanted > MAX_COPIES)
      problems.push(`BERTH_SCALE: "${part}" must ask for 1 to ${MAX_COPIES} copies`);
    else if (wanted > 1 && isSqlite && service.hasDatabase)
      problems.push(
        `BERTH_SCALE: "${part}" cannot be: ${name} has a SQLite database, which one process only may open`,
      );
    else copies.set(name, wanted);
  }
  return { copies, problems };
}
