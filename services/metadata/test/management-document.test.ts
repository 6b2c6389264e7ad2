import { hash } from 'node:crypto';
import { MANAGEMENT_API, openApiDocument } from '@berth/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type HttpFixture, type Problem, startHttpFixture } from './http-fixture.ts';

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await startHttpFixture();
});
afterAll(() => fixture.stop());

const anybody = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${fixture.origin}/api/v1${path}`, { headers });

describe('the API about itself, without credentials', () => {
  test('is an OpenAPI document with every operation', async () => {
    const answer = await anybody('/openapi.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    const document = (await answer.json()) as ReturnType<typeof openApiDocument>;
    expect(document.openapi).toBe('3.1.0');
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(ids.sort()).toEqual(Object.keys(MANAGEMENT_API).sort());
    expect(document).toEqual(openApiDocument({ version: String(document.info.version) }));
  });

  test('is a page that names every operation and loads nothing', async () => {
    const answer = await anybody('/');
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await answer.text();
    for (const [id, { pattern, action }] of Object.entries(MANAGEMENT_API)) {
      const [, section = ''] = page.split(`<details id="${id}">`);
      const [operation] = section.split('</details>');
      expect(operation).toContain(`<code>${pattern}</code>`);
      expect(operation).toContain(`<span class="role">${action}</span>`);
    }
    expect(page).not.toMatch(/<(script|link|img|iframe)|\ssrc=|@import|url\(|\son\w+=|style=/i);
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(page) ?? [];
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${hash('sha256', style, 'base64')}'`);
  });

  test.each(['/', '/openapi.json'])('%s is a 304 to who has it', async (path) => {
    const tag = (await anybody(path)).headers.get('etag') ?? '';
    const again = await anybody(path, { 'If-None-Match': tag });
    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe(tag);
  });

  test('what is not there is a problem, not a page', async () => {
    const answer = await fixture.get<Problem>('/nothing');
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
