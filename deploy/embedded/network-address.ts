import { isIP } from 'node:net';

/** `host:port`, `[v6]:port`, `:port` and `*:port` (all interfaces); null when it is none of them. Port 0: any free one. */
export function parseListen(text: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.%]+)\]|(?<name>[A-Za-z0-9.*_-]*)):(?<port>\d{1,5})$/.exec(text);
  const { v6, name = '', port = '' } = match?.groups ?? {};
  if (match === null || Number(port) > 65_535) return null;
  if (v6 !== undefined && isIP(v6) !== 6) return null;
  if (/^[0-9.]+$/.test(name) && isIP(name) !== 4) return null;
  if (name.includes('*') && name !== '*') return null;
  return { host: v6 ?? (name === '' || name === '*' ? '0.0.0.0' : name), port: Number(port) };
}

/** An address, or one with a prefix length. */
export function isCidr(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}

/** How clients on this machine write an address that is listened on: all interfaces are `localhost`. */
export function clientHost({ host, port }: { readonly host: string; readonly port: number }): string {
  const isEverywhere = host === '0.0.0.0' || host === '::';
  return `${isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}
