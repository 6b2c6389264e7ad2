import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate of this common name, for `localhost`, 127.0.0.1 and the names given, made by openssl. */
export function makeCertificate(
  folder: string,
  name: string,
  names: readonly string[] = [],
): CertificateFiles {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const alternatives = ['DNS:localhost', 'IP:127.0.0.1', ...names.map((other) => `DNS:${other}`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternatives.join(',')}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return { certificate, key };
}
