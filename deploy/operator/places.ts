import { join } from 'node:path';
import { readIfThere } from '../embedded/private-file.ts';
import { databaseUrl, storageUrl } from '../embedded/service-environment.ts';
import { SERVICES } from '../embedded/service-table.ts';
import { loadEmbeddedSettings } from '../embedded/settings.ts';
import { OperatorError } from './operator-error.ts';

/** Where a Berth keeps what it keeps, and how it is spoken to: by the same settings that start it. */
export interface Places {
  readonly dataFolder: string;
  readonly storageUrl: string;
  /** Of the database of a service. */
  databaseUrl(service: string): string;
  /** OperatorError NOT_RUNNING where none is given and no start of this data folder runs. */
  natsUrl(): Promise<string>;
  readonly natsCredentialsFile: string | undefined;
}

/** SettingsError with everything that is wrong. */
export function findPlaces(env: Readonly<Record<string, string | undefined>>): Places {
  const settings = loadEmbeddedSettings(env, SERVICES);
  const { dataFolder } = settings;
  const folder = { databases: join(dataFolder, 'databases'), blobs: join(dataFolder, 'blobs') };
  return {
    dataFolder,
    storageUrl: storageUrl({ settings, folder }),
    databaseUrl: (service) => databaseUrl(service, { settings, folder }),
    natsCredentialsFile: settings.natsCredentialsFile,
    async natsUrl() {
      if (settings.natsUrl !== undefined) return settings.natsUrl;
      const file = join(dataFolder, 'run/nats-url');
      const url = await readIfThere(file);
      if (url !== null) return url.trim();
      throw new OperatorError(
        `no Berth runs on the data folder ${dataFolder}: start it, or set BERTH_DATA or BERTH_NATS_URL as for the one that is meant`,
      );
    },
  };
}
