/**
 * Bits per character: the loss of a model per character of text, which unlike perplexity per token compares
 * models whose tokenizers differ.
 */
import { InvalidInput } from '@honyaku/contracts';

/**
 * Loss ÷ ln 2 ÷ characters, in bits.
 * @param totalLossNats The negative log-likelihood of all reference tokens, sentence ends included, summed
 *   (not averaged), in nats.
 * @param referenceCharacters As `countReferenceCharacters` gives it.
 * @throws InvalidInput when the characters are not a whole number above 0. A loss that is NaN or infinite is
 *   passed through, so that a diverged trial keeps its mark.
 */
export function bitsPerCharacter(totalLossNats: number, referenceCharacters: number): number {
  if (!(Number.isSafeInteger(referenceCharacters) && referenceCharacters > 0)) {
    throw new InvalidInput(`there must be at least one reference character, not ${referenceCharacters}`);
  }
  return totalLossNats / Math.LN2 / referenceCharacters;
}

/**
 * Unicode code points of the references as written, white space included, plus one for each sentence's end:
 * the model predicts that end too, and its loss is in the total. Text that the tokenizer normalises must be
 * counted before, so that the number depends on the corpus alone.
 */
export function countReferenceCharacters(references: readonly string[]): number {
  return references.reduce((total, reference) => total + Array.from(reference).length + 1, 0);
}
