/**
 * Kinds of settings. Files, editors and `echo` add a line break or a space, which nobody means, so what stands
 * around a value is dropped; what cannot be meant inside one is refused. No message repeats a value.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

/** One line that is not empty. */
export const text = z
  .string({ error: ({ input }) => (input === undefined ? 'is not set' : 'must be text') })
  .trim()
  .min(1, 'is empty: give it a value or leave it out')
  .regex(/^\P{Cc}*$/u, 'has a line break or another control character inside');

/** What travels in HTTP headers. */
export const secret = text.regex(
  /^[\x20-\x7e]*$/,
  'may have letters, digits, spaces and punctuation of ASCII alone',
);

/** Digits, with both limits included. */
export function wholeNumber({ least, most }: { readonly least: number; readonly most: number }) {
  return text
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));
}

/** Scheme, host and port and nothing else. */
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
      refuse(`must be scheme, host and port alone (${example}): a path is not supported`);
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
  // A raw character of a password ends the host too early, and what follows seems to be a path or a port.
  const spilt = !url || `${url.pathname}${url.search}${url.hash}`.includes('@');
  if (spilt || !isDecodable(url.username) || !isDecodable(url.password)) {
    refuse(`cannot be read: it must look like ${redisExample}; ${toEncode}`);
  } else if (url.hostname === '') {
    refuse(`names no host: it must look like ${redisExample}`);
  } else if (!/^(\/\d{0,5})?$/.test(url.pathname) || url.hash !== '') {
    refuse(`may have the number of a database after the host: ${redisExample}`);
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

/** By S3's first rules, for old buckets keep their names. */
export const bucketName = text
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/,
    'must be the name of a bucket: 3 to 255 letters, digits, dots, dashes and underscores',
  )
  .refine((name) => !name.includes('..') && isIP(name) === 0, 'must be the name of a bucket, not an address');

/** A name or an IP address to listen at; IPv6 with or without brackets. */
export const hostName = text
  .transform((host) => host.replace(/^\[(.*)\]$/, '$1'))
  .refine(
    (host) => isIP(host) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host),
    'must be a host name or an IP address without scheme and port',
  );
