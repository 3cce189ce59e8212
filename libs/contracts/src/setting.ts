/**
 * Schemas of environment variables. Whitespace around a value is dropped, since files, editors and `echo` add it
 * unintentionally; control characters inside a value are refused. No message repeats a value, which may be a secret.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

/** One non-empty line. */
export const text = z
  .string({ error: ({ input }) => (input === undefined ? 'is not set' : 'must be text') })
  .trim()
  .min(1, 'is empty: give it a value or leave it out')
  .regex(/^\P{Cc}*$/u, 'has a line break or another control character inside');

/** Printable ASCII, since secrets are sent in HTTP headers. */
export const secret = text.regex(
  /^[\x20-\x7e]*$/,
  'may only have letters, digits, spaces and punctuation of ASCII',
);

/** Decimal digits, within inclusive limits. */
export function wholeNumber({ min, max }: { readonly min: number; readonly max: number }) {
  return text
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

/** A URL of scheme, host and port only. */
export function bareUrl(schemes: readonly string[]) {
  const example = schemes.map((scheme) => `${scheme}://host:port`).join(' or ');
  return text.check(({ value, issues }) => {
    const url = parsed(value);
    const refuse = (message: string) => issues.push({ code: 'custom', message, input: '' });
    if (!url || url.hostname === '' || !schemes.includes(url.protocol.slice(0, -1))) {
      refuse(`must be an address such as ${example}`);
    } else if (url.username !== '' || url.password !== '') {
      refuse('must not have credentials in it');
    } else if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
      refuse(`must have only scheme, host and port (${example}): a path is not supported`);
    }
  });
}

const redisExample = 'redis://:password@host:6379/0 (rediss:// for TLS)';
const toEncode =
  'in user name and password % is written %25, # is %23, / is %2F, ? is %3F, @ is %40, : is %3A, a space is %20';

/** `redis://[user][:password]@host[:port][/database]` */
export const redisUrl = text.check(({ value, issues }) => {
  const refuse = (message: string) => issues.push({ code: 'custom', message, input: '' });
  if (!/^rediss?:\/\//.test(value)) return void refuse(`must be an address such as ${redisExample}`);
  const url = parsed(value);
  // A special character of the password that is not encoded ends the host early; the rest parses as a path or query.
  const isCutShort = !url || `${url.pathname}${url.search}${url.hash}`.includes('@');
  if (isCutShort || !isDecodable(url.username) || !isDecodable(url.password)) {
    refuse(`cannot be read: it must look like ${redisExample}; ${toEncode}`);
  } else if (url.hostname === '') {
    refuse(`has no host: it must look like ${redisExample}`);
  } else if (!/^(\/\d{0,5})?$/.test(url.pathname) || url.search !== '' || url.hash !== '') {
    refuse(`may only have the number of the database after the host: ${redisExample}`);
  }
});

function parsed(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** By S3's original rules, since old buckets keep their names. */
export const bucketName = text
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
    'must be the name of a bucket: 3 to 255 letters, digits, dots, dashes and underscores',
  )
  .refine((name) => !name.includes('..') && isIP(name) === 0, 'must be the name of a bucket, not an address');

/** A host name or an IP address to listen on; IPv6 with or without brackets. */
export const hostName = text
  .transform((host) => host.replace(/^\[(.*)\]$/, '$1'))
  .refine(
    (host) => isIP(host) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host),
    'must be a host name or an IP address without scheme and port',
  );
