import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { layerDigest, layerPieces, randomBase } from './layer-content.ts';
import { imageTag, type LoadJob, type LoadResult } from './load-job.ts';
import { locationPath, RegistrySession } from './registry-session.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/**
 * A process of its own: takes a LoadJob as its argument, prints a LoadResult. Content and digests are made before the
 * clock starts, so that the measure is the registry's and not the client's hashing.
 */
async function main(): Promise<void> {
  const job: LoadJob = JSON.parse(process.argv[2] ?? '');
  const session = new RegistrySession(job.origin, job.repositories.length);
  await session.login(job.credential, job.repositories);
  const run = job.kind === 'push' ? preparePush(job, session) : preparePull(job, session);
  const start = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;
  let next = 0;
  const goesOn = () => (job.kind === 'push' ? next < job.images : next === 0 || seconds() < job.seconds);
  await Promise.all(
    job.repositories.map(async () => {
      while (goesOn()) await run(next++ % job.images);
    }),
  );
  const result: LoadResult = { images: next, seconds: seconds() };
  await session.close();
  process.stdout.write(JSON.stringify(result));
}

function repositoryOf(job: LoadJob, index: number): string {
  return job.repositories[index % job.repositories.length] ?? '';
}

function preparePush(job: LoadJob, session: RegistrySession): (index: number) => Promise<void> {
  const base = randomBase(job.layerBytes);
  const images = Array.from({ length: job.images }, (_, index) => {
    const digest = layerDigest(base, job.layerBytes, imageTag(job, index));
    const config = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] } }),
    );
    return { digest, config };
  });
  const pushBlob = async (name: string, digest: string, sizeBytes: number, body: () => Buffer | Readable) => {
    await session.expect(404, 'HEAD', `/v2/${name}/blobs/${digest}`);
    const begun = await session.expect(202, 'POST', `/v2/${name}/blobs/uploads/`);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(sizeBytes) };
    const sent = await session.expect(202, 'PATCH', locationPath(begun, job.origin), headers, body());
    const end = locationPath(sent, job.origin);
    await session.expect(201, 'PUT', `${end}${end.includes('?') ? '&' : '?'}digest=${digest}`);
  };
  return async (index) => {
    const image = images[index];
    if (image === undefined) return;
    const name = repositoryOf(job, index);
    const tag = imageTag(job, index);
    const configDigest = sha256(image.config);
    await pushBlob(name, image.digest, job.layerBytes, () => layerBody(base, job.layerBytes, tag));
    await pushBlob(name, configDigest, image.config.length, () => image.config);
    const manifest = manifestOf(image, configDigest, job.layerBytes);
    await session.expect(201, 'PUT', `/v2/${name}/manifests/${tag}`, { 'content-type': MANIFEST }, manifest);
  };
}

function layerBody(base: Buffer, sizeBytes: number, serial: string): Buffer | Readable {
  const pieces = layerPieces(base, sizeBytes, serial);
  return sizeBytes <= base.length ? Buffer.concat([...pieces]) : Readable.from(pieces, { objectMode: false });
}

function manifestOf(
  image: { readonly digest: string; readonly config: Buffer },
  configDigest: string,
  layerBytes: number,
): Buffer {
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  const layerType = 'application/vnd.oci.image.layer.v1.tar';
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType, digest: configDigest, size: image.config.length },
      layers: [{ mediaType: layerType, digest: image.digest, size: layerBytes }],
    }),
  );
}

function preparePull(job: LoadJob, session: RegistrySession): (index: number) => Promise<void> {
  return async (index) => {
    const name = repositoryOf(job, index);
    const path = `/v2/${name}/manifests/${imageTag(job, index)}`;
    const answer = await session.expect(200, 'GET', path, { accept: MANIFEST });
    const manifest = JSON.parse(answer.body.toString('utf8'));
    for (const blob of [manifest.config, ...manifest.layers]) {
      const sizeBytes = await session.drain(`/v2/${name}/blobs/${blob.digest}`);
      if (sizeBytes !== blob.size)
        throw new Error(`${blob.digest}: ${sizeBytes} bytes instead of ${blob.size}`);
    }
  };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

await main();
