/** A corpus and the end of a sweep on a stack that was started here, for demos, laboratories and measurements. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ApiClient } from '@honyaku/client';
import { type CorpusRecord, type SweepView, Unavailable, routes } from '@honyaku/contracts';
import { type Wait, until } from '@honyaku/embedded';

/** @param pairs in a corpus's canonical form: a pair a line, Japanese TAB English */
export function uploadPairs(client: ApiClient, pairs: string): Promise<CorpusRecord> {
  const digest = createHash('sha256').update(pairs).digest('hex');
  const about = { name: 'example', licence: 'CC0', sourceLanguage: 'ja', targetLanguage: 'en' };
  return client.uploadCorpus(digest, about, Readable.toWeb(Readable.from([pairs])));
}

/** Pairs to pretend with: nothing is learnt from them. */
export const pretendedPairs = Array.from({ length: 20 }, (_, n) => `犬 ${n}\ta dog ${n}\n`).join('');

/**
 * The sweep once it has ended.
 * @param wait its seconds count from the last epoch
 * @throws Unavailable when it no longer gets anywhere, with its state
 */
export function endOf(client: ApiClient, id: string, wait: Omit<Wait, 'what'>): Promise<SweepView> {
  return until({ ...wait, what: `end of ${id}` }, async (progress) => {
    const sweep = await client.call(routes.sweep, { id });
    progress(sweep.epochsDone);
    if (sweep.endedAt !== undefined) return sweep;
    throw new Unavailable(`it is ${sweep.state}, ${sweep.epochsDone} epochs are done`);
  });
}
