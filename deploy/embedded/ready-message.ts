import { relative } from 'node:path';

export interface ReadyFacts {
  readonly url: string;
  readonly dataFolder: string;
  /** Null when the password was given. */
  readonly adminPasswordFile: string | null;
  readonly workingFolder: string;
}

/** What a newcomer needs next: the address, the lines to copy, and where the password is. */
export function readyMessage({ url, dataFolder, adminPasswordFile, workingFolder }: ReadyFacts): string[] {
  const { host } = new URL(url);
  const short = (path: string) => {
    const near = relative(workingFolder, path);
    return near.startsWith('..') || near === '' ? path : near;
  };
  const password = adminPasswordFile === null ? '<password>' : `$(cat ${quoted(short(adminPasswordFile))})`;
  const where =
    adminPasswordFile === null
      ? 'The password of admin is the one that was given at the first start.'
      : `The password of admin is in ${short(adminPasswordFile)}.`;
  return [
    '',
    `Berth is ready at ${url}`,
    '',
    `  curl ${host.startsWith('[') ? '-g ' : ''}-u "admin:${password}" -H "Content-Type: application/json" -d '{"name":"acme"}' ${url}/api/v1/registries`,
    `  docker login -u admin ${host}`,
    `  docker tag my-image ${host}/acme/my-image:1.0`,
    `  docker push ${host}/acme/my-image:1.0`,
    '',
    where,
    `Data and logs are in ${short(dataFolder)}. Ctrl-C stops everything.`,
    '',
  ];
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
