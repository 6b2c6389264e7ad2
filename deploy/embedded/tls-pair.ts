import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { reasonOf, StartError } from './start-error.ts';

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

/** The PEM texts of a certificate (chain) and its key. StartError TLS_INVALID when they cannot be read or do not belong together. */
export function readTlsPair({ certificateFile, keyFile }: TlsFiles): TlsPair {
  const certificate = read(certificateFile);
  const key = read(keyFile);
  const parsed = parse(certificateFile, () => new X509Certificate(certificate));
  const privateKey: KeyObject = parse(keyFile, () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(privateKey))
    throw new StartError(
      'TLS_INVALID',
      `the key ${keyFile} is not that of the certificate ${certificateFile}`,
    );
  parse(certificateFile, () => createSecureContext({ cert: certificate, key }));
  return { certificate, key };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StartError('TLS_INVALID', `${file} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function parse<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new StartError('TLS_INVALID', `${file} holds no usable PEM: ${reasonOf(cause)}`, { cause });
  }
}
