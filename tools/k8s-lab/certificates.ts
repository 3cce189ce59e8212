/** A throw-away authority and one certificate for loopback, which serves every program of the laboratory. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../setup/command.ts';

/** Paths of PEM files; the names of the last three are those that KEDA looks for in `folder`. */
export interface Certificates {
  readonly folder: string;
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** Signs and checks the tokens of service accounts. */
  readonly serviceAccountKey: string;
}

const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
const names = 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1';

/** The name that the certificate gives its holder, as a client too. */
export const holder = 'localhost';

/** @throws CommandFailed where there is no openssl */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const [authority, authorityKey] = [file('ca.crt'), file('ca.key')];
  const made = {
    folder,
    authority,
    certificate: file('tls.crt'),
    key: file('tls.key'),
    serviceAccountKey: file('service-accounts.key'),
  };
  await openssl(
    'req',
    '-x509',
    ...elliptic,
    '-subj',
    '/CN=honyaku-k8s-lab',
    '-keyout',
    authorityKey,
    '-out',
    authority,
  );
  await openssl(
    ...['req', '-x509', ...elliptic, '-subj', `/CN=${holder}`, '-keyout', made.key, '-out', made.certificate],
    ...['-CA', authority, '-CAkey', authorityKey, '-addext', names],
    ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth', '-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  // In this format the API server takes the public half from it as well.
  const key = await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout');
  await writeFile(made.serviceAccountKey, key, { mode: 0o600 });
  return made;
}

function openssl(...args: readonly string[]): Promise<string> {
  return run('openssl', args, { seconds: 30 });
}
