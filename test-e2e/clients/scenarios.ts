import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { diffIds, makeImage } from '../images/test-image.ts';
import type { E2eTarget } from '../support/e2e-target.ts';
import type { ClientDriver, ClientKind } from './client-driver.ts';

/** How the clients say that they were not let in. */
const REFUSED = /unauthorized|denied|401|403|authentication|no basic auth|invalid username/i;
/** … and that there is nothing; a registry may hide what one may not see. */
const MISSING = /unknown|not found|404|denied|unauthorized/i;

/** What every client must be able to do; called inside a `describe`. The tests build on each other, in this order. */
export function clientScenarios(
  kind: ClientKind,
  start: () => Promise<{ target: E2eTarget; folder: string }>,
): void {
  const registry = `shop-${kind.name}`;
  const reference = `${registry}/team/web:1.0`;
  const image = makeImage([20_000]);
  let target: E2eTarget;
  let client: ClientDriver;

  beforeAll(async () => {
    const started = await start();
    target = started.target;
    await target.createRegistry(registry);
    const folder = await mkdtemp(join(started.folder, `${kind.name}-`));
    client = await kind.start({ host: target.host, folder });
  }, 120_000);

  afterAll(() => client?.close?.(), 60_000);

  test('is refused without a login', async () => {
    await expect(client.push(image, reference)).rejects.toThrow(REFUSED);
  });

  test('is refused with a wrong password', async () => {
    await expect(client.login(target.username, 'not-the-password')).rejects.toThrow(REFUSED);
  });

  test('pushes, forgets and pulls the same image', async () => {
    await client.login(target.username, target.password);
    await client.push(image, reference);
    if (kind.name === 'docker') await client.removeLocal(reference);
    expect((await client.pull(reference)).diffIds).toEqual(diffIds(image));
    await client.removeLocal(reference);
    expect((await client.pull(reference)).diffIds).toEqual(diffIds(image));
  });

  test('pulls by digest', async () => {
    const byDigest = `${registry}/team/web@${await client.digest(reference)}`;
    await client.removeLocal(reference);
    expect((await client.pull(byDigest)).diffIds).toEqual(diffIds(image));
    await client.removeLocal(byDigest);
  });

  test('pushes and pulls an image of many layers', async () => {
    const layered = makeImage([1, 70_000, 3_000_000, 5_000, 900_000]);
    const name = `${registry}/layered:2024.01`;
    await client.push(layered, name);
    if (kind.name === 'docker') await client.removeLocal(name);
    expect((await client.pull(name)).diffIds).toEqual(diffIds(layered));
  });

  test('pushes an image that is there already, under a second tag and again', async () => {
    await client.pull(reference);
    const digest = await client.digest(reference);
    const second = `${registry}/team/web:stable`;
    await client.push(image, second);
    await client.push(image, reference);
    expect(await client.digest(second)).toBe(digest);
    expect(await client.digest(reference)).toBe(digest);
  });

  test('moves a tag to another image', async () => {
    const other = makeImage([30_000]);
    const name = `${registry}/team/web:moving`;
    await client.push(image, name);
    await client.push(other, name);
    if (kind.name === 'docker') await client.removeLocal(name);
    expect((await client.pull(name)).diffIds).toEqual(diffIds(other));
  });

  test('lists tags, deletes one and finds it gone', async () => {
    // docker has no command for either.
    if (client.tags === undefined || client.remove === undefined) return;
    const own = makeImage([40_000]);
    const name = `${registry}/listed`;
    for (const tag of ['b', 'a', 'c-1.0']) await client.push(tag === 'b' ? own : image, `${name}:${tag}`);
    expect([...(await client.tags(name))].sort()).toEqual(['a', 'b', 'c-1.0']);
    await client.remove(`${name}:b`);
    await expect(client.pull(`${name}:b`)).rejects.toThrow(MISSING);
    expect(await client.tags(name)).not.toContain('b');
    expect((await client.pull(`${name}:a`)).diffIds).toEqual(diffIds(image));
  });

  test('is told when a tag or an image does not exist', async () => {
    for (const missing of [`${registry}/team/web:never`, `${registry}/never/pushed:1.0`]) {
      await expect(client.pull(missing)).rejects.toThrow(MISSING);
    }
  });

  test('is refused after logout', async () => {
    await client.logout();
    await expect(client.push(makeImage([10_000]), reference)).rejects.toThrow(REFUSED);
    await expect(client.pull(`${registry}/layered:2024.01`)).rejects.toThrow(REFUSED);
  });
}
