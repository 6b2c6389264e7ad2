import { readFile, writeFile } from 'node:fs/promises';

/** Puts text between `<!-- name:begin -->` and `<!-- name:end -->` of a page; an Error when it lacks them. */
export async function replaceBetweenMarkers(file: string, name: string, text: string): Promise<void> {
  const page = await readFile(file, 'utf8');
  const [first, last] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const begin = page.indexOf(first);
  const end = page.indexOf(last);
  if (begin === -1 || end < begin) throw new Error(`${file} lacks the markers ${first} and ${last}`);
  await writeFile(file, `${page.slice(0, begin + first.length)}\n\n${text}\n\n${page.slice(end)}`);
}
