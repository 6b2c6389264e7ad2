import { expect, test } from '@jest/globals';
import { parseS3Url } from '../s3/s3-url.ts';

const BARE = {
  ...{ bucket: 'berth', prefix: '', region: undefined, endpoint: undefined, publicEndpoint: undefined },
  ...{ isPathStyle: false, hasChecksums: true },
};

test.each([
  { url: 's3://berth', place: BARE },
  { url: 's3://berth/', place: BARE },
  { url: 's3://berth/team/a_B-1.x', place: { ...BARE, prefix: 'team/a_B-1.x/' } },
  { url: 's3://berth/x/?region=eu-west-1', place: { ...BARE, prefix: 'x/', region: 'eu-west-1' } },
  {
    url: 's3://berth?endpoint=http://127.0.0.1:9000/&publicEndpoint=https%3A%2F%2Fs3.example.com&pathStyle=true&checksums=when_required',
    place: {
      ...BARE,
      ...{ endpoint: 'http://127.0.0.1:9000', publicEndpoint: 'https://s3.example.com' },
      ...{ isPathStyle: true, hasChecksums: false },
    },
  },
  { url: 's3://berth?pathStyle=false&checksums=when_supported', place: BARE },
])('$url is a place', ({ url, place }) => {
  expect(parseS3Url(url)).toEqual(place);
});

test.each([
  { url: 's3:', says: 's3://bucket' },
  { url: 's3:///prefix', says: 'bucket' },
  { url: 's3://Berth_x', says: 'bucket' },
  { url: 's3://berth:80', says: 'port' },
  { url: 's3://berth/a/../.b', says: 'leading dot' },
  { url: 's3://berth/a//b', says: 'a//b' },
  { url: 's3://berth/a%20b', says: 'a%20b' },
  { url: 's3://berth?bucket=x', says: '"bucket"' },
  { url: 's3://berth?region=', says: '"region"' },
  { url: 's3://berth?region=a&region=b', says: '"region"' },
  { url: 's3://berth?pathStyle=yes', says: 'pathStyle' },
  { url: 's3://berth?checksums=never', says: 'checksums' },
  { url: 's3://berth?endpoint=s3.example.com', says: 'endpoint' },
  { url: 's3://berth?endpoint=https://s3.example.com/path', says: 'endpoint' },
  { url: 's3://key:hush@berth', says: 'credentials' },
  { url: 's3://berth?publicEndpoint=https://key:hush@s3.example.com', says: 'publicEndpoint' },
  { url: 's3://berth#hush', says: 'fragment' },
])('$url is refused by what is wrong with it, without its secrets', ({ url, says }) => {
  const parse = () => parseS3Url(url);
  expect(parse).toThrow(
    expect.objectContaining({ code: 'URL_INVALID', message: expect.stringContaining(says) }),
  );
  expect(parse).not.toThrow('hush');
});
