import { openTokenizer, type Split } from '@honyaku/data';
import { bleu } from '@honyaku/metrics';
import { greedy, type Seq2Seq } from '@honyaku/model';

/** BLEU of greedy translations of a whole split that holds its texts. */
export async function heldOutBleu(model: Seq2Seq, split: Split, targetTokenizer: string): Promise<number> {
  const tokenizer = await openTokenizer(targetTokenizer);
  const rows = Array.from({ length: split.length }, (_, index) => index);
  const sources = rows.map((index) => [...split.pair(index).source]);
  const outputs = greedy(model, sources).map((ids) => tokenizer.decode(ids));
  const references = rows.map((index) => split.text(index)?.target ?? '');
  return Number(bleu(outputs, references).score.toFixed(2));
}
