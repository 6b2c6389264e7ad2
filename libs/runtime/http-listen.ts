import { Setting } from './setting.ts';

/** The setting of the internal HTTP port that every service has. */
export const HttpListen = Setting.string({
  default: '127.0.0.1:0',
  description: 'host:port of the internal HTTP port',
  pattern: '^.+:\\d{1,5}$',
  rule: 'must be host:port',
});

/** `127.0.0.1:8080`, `[::1]:8080` */
export function hostAndPort(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(':');
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(listen.slice(colon + 1)) };
}
