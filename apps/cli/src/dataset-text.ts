/** What a person should know of a dataset, in sentences. */
import { type DatasetReport } from '@honyaku/contracts';

/** Languages and sizes, then a sentence for each thing that is not as one would hope. */
export function datasetTexts(report: DatasetReport): string[] {
  return [summaryOf(report), ...concernsOf(report)];
}

function summaryOf({ sourceLanguage, targetLanguage, bleuTokenization, pairs }: DatasetReport): string {
  const byScript =
    targetLanguage === 'und' ? ' (by the script of the target, whose language is unknown)' : '';
  return (
    `dataset: ${sourceLanguage} → ${targetLanguage}, ${pairs.train} pairs to train and ${pairs.test} to test, ` +
    `BLEU by the tokenization ${bleuTokenization}${byScript}`
  );
}

function concernsOf({ pairs, skipped, overlap, outsideTokenizers }: DatasetReport): string[] {
  const ofTest = (count: number) => `${count} of ${pairs.test}`;
  const overlaps = overlap.pairs + overlap.sources + overlap.targets > 0;
  const long = outsideTokenizers.source + outsideTokenizers.target > 0;
  return [
    overlaps
      ? `test pairs that are in training too: ${ofTest(overlap.pairs)}; their source alone ${ofTest(overlap.sources)}, ` +
        `their target alone ${ofTest(overlap.targets)}; test scores are better than on new text`
      : '',
    skipped.tooLong > 0 ? `left out: ${skipped.tooLong} pairs that are longer than dataset.maxTokens` : '',
    skipped.invisible > 0
      ? `left out: ${skipped.invisible} pairs with a side of which nothing can be seen`
      : '',
    long
      ? `too long for the training of the tokenizers (4192 bytes): ${outsideTokenizers.source} source ` +
        `and ${outsideTokenizers.target} target sentences`
      : '',
  ].filter((text) => text !== '');
}
