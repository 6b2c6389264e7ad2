import { freePorts, whyNotFree } from './free-port.ts';
import { StartError } from './start-error.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** The address to listen on, with a free port where 0 was asked for. StartError ADDRESS_IN_USE or ADDRESS_UNUSABLE. */
export async function chooseListen(listen: Listen): Promise<Listen> {
  if (listen.port === 0) {
    const [port = 0] = await freePorts(1);
    return { host: listen.host, port };
  }
  const why = await whyNotFree(listen.host, listen.port);
  const address = `${listen.host}:${listen.port}`;
  if (why === 'EADDRINUSE')
    throw new StartError(
      'ADDRESS_IN_USE',
      `${address} is in use by another program; stop it or set BERTH_LISTEN`,
    );
  if (why !== null)
    throw new StartError('ADDRESS_UNUSABLE', `${address} cannot be listened on (${why}); set BERTH_LISTEN`);
  return listen;
}
