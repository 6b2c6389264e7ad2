import { describe, expect, test } from '@jest/globals';
import { guardOf, type ProtectingPolicy } from '../protection/guard.ts';

const policy = (more: Partial<ProtectingPolicy> = {}): ProtectingPolicy => ({
  name: 'releases',
  images: { match: ['**'] },
  tags: { match: ['**'] },
  enabled: true,
  ...more,
});
const matching = (images: string[], tags: string[], exclude: { images?: string[]; tags?: string[] } = {}) =>
  policy({
    images: { match: images, exclude: exclude.images ?? [] },
    tags: { match: tags, exclude: exclude.tags ?? [] },
  });

describe('the guard', () => {
  test.each([
    ['everything by default', policy(), 'team/web', '1.0', true],
    ['a disabled policy', policy({ enabled: false }), 'web', '1.0', false],
    ['a tag by its pattern', matching(['**'], ['v*']), 'web', 'v1', true],
    ['a tag of another pattern', matching(['**'], ['v*']), 'web', 'latest', false],
    ['an excluded tag', matching(['**'], ['v*'], { tags: ['*-rc'] }), 'web', 'v1-rc', false],
    ['an image by its pattern', matching(['team/*'], ['**']), 'team/web', 'a', true],
    ['an image one folder deeper', matching(['team/*'], ['**']), 'team/web/ui', 'a', false],
    ['an image of another pattern', matching(['team/*'], ['**']), 'web', 'a', false],
    ['an excluded image', matching(['**'], ['**'], { images: ['web'] }), 'web', 'a', false],
    ['alternatives in braces', matching(['{web,api}'], ['{1,2}.*']), 'api', '2.0', true],
  ])('%s', (_, one, image, tag, isProtected) => {
    expect(guardOf([one], image)?.(tag)).toBe(isProtected ? 'releases' : undefined);
  });

  test('names the first of several policies that protects a tag', () => {
    const guard = guardOf(
      [
        policy({ name: 'off', enabled: false }),
        { ...matching(['**'], ['v*']), name: 'versions' },
        { ...policy(), name: 'all' },
      ],
      'web',
    );
    expect(guard?.('v1')).toBe('versions');
    expect(guard?.('latest')).toBe('all');
  });

  test.each([[[]], [[policy({ enabled: false })]], [[matching(['other'], ['**'])]]])(
    'says beforehand that it is not about an image: %j',
    (policies) => {
      expect(guardOf(policies, 'web')).toBeNull();
    },
  );

  test.each([
    ['a pattern of images', matching(['{web'], ['v*'])],
    ['a pattern of tags', matching(['**'], ['a[b]'])],
    ['a filter that is no filter', policy({ tags: 7 as unknown as ProtectingPolicy['tags'] })],
    ['a filter that is missing', policy({ images: undefined as unknown as ProtectingPolicy['images'] })],
  ])('protects everything when it cannot understand %s', (_, broken) => {
    expect(guardOf([broken], 'web')?.('anything')).toBe('releases');
  });
});
