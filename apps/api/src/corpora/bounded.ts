import { Transform } from 'node:stream';
import { InvalidInput } from '@honyaku/contracts';

/** Passes bytes through, up to a limit. @param name of the body, for the error */
export function bounded(limit: number, name: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limit) done(new InvalidInput(`${name}: more than ${limit} bytes`));
      else done(null, chunk);
    },
  });
}
