import type { MeasureContext } from './measures.ts';
import { RegistrySession } from './registry-session.ts';
import { median } from './samples.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const PAGE = 100;
/** Of `?tag=` parameters in one PUT. */
const TAGS_AT_ONCE = 100;
const READS = 100;

/** `t000000`, `t000001`, …: byte order is their order. */
function tagName(index: number): string {
  return `t${String(index).padStart(6, '0')}`;
}

/**
 * Tags one manifest `count` times: with many `?tag=` in one PUT where the registry takes them (Berth), else a PUT each.
 * `measureTagPages` reads them.
 */
export async function prepareTags(context: MeasureContext, count: number): Promise<void> {
  const { target } = context;
  const name = `bench/tags${count}`;
  const session = new RegistrySession(target.origin, 4);
  await session.login(target.credential, [name]);
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }));
  const put = await session.expect(
    201,
    'PUT',
    `/v2/${name}/manifests/${tagName(0)}`,
    { 'content-type': INDEX },
    index,
  );
  const digest = String(put.headers['docker-content-digest']);
  const step = target.credential === undefined ? 1 : TAGS_AT_ONCE;
  let next = 1;
  const work = async (): Promise<void> => {
    while (next < count) {
      const from = next;
      next = Math.min(count, from + step);
      const tags = Array.from({ length: next - from }, (_, offset) => tagName(from + offset));
      const reference = step === 1 ? tags[0] : `${digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`;
      await session.expect(
        201,
        'PUT',
        `/v2/${name}/manifests/${reference}`,
        { 'content-type': INDEX },
        index,
      );
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  await session.close();
}

/** Milliseconds for the first, a middle and the last page of 100 tags, one request at a time. */
export async function measureTagPages(context: MeasureContext, count: number): Promise<void> {
  const name = `bench/tags${count}`;
  const session = new RegistrySession(context.target.origin, 1);
  await session.login(context.target.credential, [name]);
  const starts = { first: null, middle: tagName(count / 2 - 1), last: tagName(count - PAGE - 1) };
  for (const [page, last] of Object.entries(starts)) {
    const path = `/v2/${name}/tags/list?n=${PAGE}${last === null ? '' : `&last=${last}`}`;
    const times: number[] = [];
    for (let read = 0; read < READS; read += 1) {
      const start = process.hrtime.bigint();
      const answer = await session.expect(200, 'GET', path);
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
      if (read === 0 && context.target.pagesTags) checkPage(answer.body, last);
    }
    const row = `${page} page of 100 tags of ${count.toLocaleString('en-US')}, ms`;
    context.add({ row, value: median(times) });
  }
  await session.close();
}

function checkPage(body: Buffer, last: string | null): void {
  const { tags } = JSON.parse(body.toString('utf8'));
  const first = last === null ? tagName(0) : tagName(Number(last.slice(1)) + 1);
  if (!Array.isArray(tags) || tags.length !== PAGE || tags[0] !== first) {
    throw new Error(`not the 100 tags from ${first}: ${body.toString('utf8').slice(0, 200)}`);
  }
}
