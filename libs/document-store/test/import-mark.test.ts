import { createLifecycle, createMetrics, silentLogger } from '@berth/runtime';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  beginImport,
  endImport,
  findUnfinishedImport,
  openDocumentReader,
  openServiceStore,
} from '../index.ts';
import { describeOnMongo, type OpenStore, openTemporaryStore } from '../testing/index.ts';

const STARTED = new Date('2026-05-01T00:00:00Z');

describe('SQLite', () => marks(openTemporaryStore, ({ path }) => `sqlite:${path}`));
describeOnMongo('MongoDB', (open) => marks(open, ({ url }) => url));

function marks<Opened extends OpenStore>(
  open: () => Promise<Opened>,
  urlOf: (opened: Opened) => string,
): void {
  let opened: Opened | undefined;
  afterEach(async () => {
    await opened?.dispose();
    opened = undefined;
  });
  const start = async (url: string): Promise<void> => {
    const metrics = createMetrics('test', { withProcess: false });
    const life = createLifecycle({ logger: silentLogger, metrics });
    try {
      await openServiceStore(life, url);
    } finally {
      await life.shutdown('the test is over');
    }
  };

  test('no service starts on what an import has begun, until it has ended', async () => {
    opened = await open();
    await beginImport(opened.store, STARTED);
    await opened.store.close();
    await expect(start(urlOf(opened))).rejects.toThrow(
      /import .* began at 2026-05-01T00:00:00.000Z did not end: empty the databases/,
    );
    const store = await opened.reopen();
    await endImport(store);
    await endImport(store);
    await store.close();
    await start(urlOf(opened));
    await opened.reopen();
  });

  test('a reader beside sees it, and a database without any mark is whole', async () => {
    opened = await open();
    const reader = await openDocumentReader(urlOf(opened));
    try {
      expect(await findUnfinishedImport(reader)).toBeNull();
      await beginImport(opened.store, STARTED);
      expect(await findUnfinishedImport(reader)).toBe(STARTED.toISOString());
    } finally {
      await reader.close();
    }
  });
}
