import {
  type Corpus,
  type CorpusFiles,
  type CorpusKind,
  type CorpusPlaces,
  type OpenCorpus,
} from './corpus-format.ts';
import { openIwslt2017 } from './iwslt2017.ts';
import { openJsonLines } from './json-lines.ts';
import { openMoses } from './moses.ts';
import { openParallel } from './parallel.ts';
import { openTatoeba } from './tatoeba.ts';
import { openTmx } from './tmx.ts';
import { openTsv } from './tsv.ts';

/** Every format there is; a new one is a module of the shape `OpenCorpus` and a line here. */
const formats: { readonly [Kind in CorpusKind]: OpenCorpus<Kind> } = {
  parallel: openParallel,
  tsv: openTsv,
  jsonl: openJsonLines,
  tmx: openTmx,
  moses: openMoses,
  iwslt2017: openIwslt2017,
  tatoeba: openTatoeba,
};

/** The corpus that a sweep file names. Nothing is read before its pairs are iterated. */
export function openCorpus(files: CorpusFiles, places: CorpusPlaces): Corpus {
  switch (files.kind) {
    case 'parallel':
      return formats.parallel(files, places);
    case 'tsv':
      return formats.tsv(files, places);
    case 'jsonl':
      return formats.jsonl(files, places);
    case 'tmx':
      return formats.tmx(files, places);
    case 'moses':
      return formats.moses(files, places);
    case 'iwslt2017':
      return formats.iwslt2017(files, places);
    case 'tatoeba':
      return formats.tatoeba(files, places);
  }
}
