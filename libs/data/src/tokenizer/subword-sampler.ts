/**
 * Subword regularisation: other segmentations of the same text (Kudo 2018, "Subword Regularization: Improving
 * Neural Network Translation Models with Multiple Subword Candidates", https://arxiv.org/abs/1804.10959).
 */
import { readFile } from 'node:fs/promises';
import { Bug, Corrupt, InvalidInput, messageOf, specialTokens } from '@honyaku/contracts';
import { JointVocabulary } from './joint-vocabulary.ts';
import { type ModelPiece, modelTypes, pieceTypes, readModelPieces } from './model-pieces.ts';

/**
 * Draws a segmentation of a sentence with probability proportional to P(segmentation)^alpha, where P is the
 * product of the pieces' probabilities: the paper's subword sampling with l = ∞, over the whole lattice.
 * alpha 1 is the model itself; as alpha grows, only the most probable segmentation is left.
 *
 * Special tokens, and pieces that are not ordinary text, stay where they are, and what stands between two of
 * them is drawn independently. The pieces' texts, joined, are the same before and after; their number is not:
 * it can grow up to the number of characters. `ids` is not changed.
 *
 * `random` gives numbers from 0 (included) to 1 (excluded), and is called once for each piece drawn.
 * @throws Bug when alpha is not a finite number above 0, or an id is not in the vocabulary.
 */
export type SubwordSampler = (ids: Uint16Array, alpha: number, random: () => number) => Uint16Array;

/**
 * Opens a model that `buildDataset` trained.
 * @param vocabulary the file of a joint vocabulary, whose ids then take the place of the model's
 * @throws Corrupt when a file is absent or not a whole SentencePiece model or vocabulary.
 * @throws InvalidInput when the model is not a unigram model, because its scores are then no probabilities.
 */
export async function openSubwordSampler(modelPath: string, vocabulary?: string): Promise<SubwordSampler> {
  const model = await readFile(modelPath).catch((cause: unknown) => {
    throw new Corrupt(`${modelPath}: cannot be read (${messageOf(cause)})`, { cause });
  });
  const readModel = readModelPieces(model, modelPath);
  const { modelType, pieces } = readModel;
  if (modelType !== modelTypes.unigram) {
    const name = Object.entries(modelTypes).find(([, type]) => type === modelType)?.[0];
    throw new InvalidInput(
      `hyperparameters.subwordAlpha: only a unigram tokenizer has segmentations to draw from, ` +
        `and ${modelPath} is of type ${name ?? modelType}; 0 is allowed`,
    );
  }
  if (vocabulary === undefined)
    return samplerOf(
      pieces.map((piece, id) => ({ ...piece, id })),
      pieces.length,
    );
  const joint = await JointVocabulary.open(vocabulary);
  const ids = joint.idsOf(readModel);
  return samplerOf(
    pieces.map((piece, index) => ({ ...piece, id: ids[index] ?? specialTokens.unk })),
    joint.size,
  );
}

const specialIds: ReadonlySet<number> = new Set(Object.values(specialTokens));

/** @param size of the vocabulary; pieces that only the other side's model has stay where they are */
function samplerOf(pieces: readonly (ModelPiece & { readonly id: number })[], size: number): SubwordSampler {
  const drawable = pieces.filter(({ type, id }) => type === pieceTypes.normal && !specialIds.has(id));
  const texts = new Map(drawable.map(({ id, text }) => [id, text]));
  const trie = emptyNode();
  for (const { id, text, score } of drawable) addPiece(trie, text, { id, score });

  return (ids, alpha, random) => {
    if (!Number.isFinite(alpha) || alpha <= 0)
      throw new Bug(`subword alpha is ${alpha}; a finite number above 0 is allowed`);
    const drawn: number[] = [];
    let text = '';
    const drawText = (): void => {
      for (let edge = drawPath(trie, text, alpha, random); edge; edge = edge.next) drawn.push(edge.id);
      text = '';
    };
    for (const id of ids) {
      const piece = texts.get(id);
      if (piece !== undefined) {
        text += piece;
        continue;
      }
      if (id >= size) throw new Bug(`token id ${id} is not in a vocabulary of ${size}`);
      drawText();
      drawn.push(id);
    }
    drawText();
    return Uint16Array.from(drawn);
  };
}

interface ScoredId {
  readonly id: number;
  readonly score: number;
}

/** Pieces by their UTF-16 code units, so that all that start at a place are found in one walk. */
interface TrieNode {
  piece: ScoredId | undefined;
  readonly children: Map<number, TrieNode>;
}

function emptyNode(): TrieNode {
  return { piece: undefined, children: new Map() };
}

function addPiece(trie: TrieNode, text: string, piece: ScoredId): void {
  let node = trie;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const child = node.children.get(unit) ?? emptyNode();
    node.children.set(unit, child);
    node = child;
  }
  node.piece = piece;
}

/** A piece at a place of the text. */
interface Edge {
  readonly id: number;
  readonly start: number;
  /** log of the sum of P^alpha over all paths from the text's start that end in this edge. */
  readonly logWeight: number;
  /** The next of those that end where this one does. */
  readonly sibling: Edge | undefined;
}

interface PathEdge {
  readonly id: number;
  readonly next: PathEdge | undefined;
}

/**
 * Forward filtering, backward sampling (Scott 2002, cited by the paper): sums over all paths from the start to
 * each place, then pieces drawn from the end backwards, each by its share of the sum. `ForwardAlgorithm` and
 * `Sample` of https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc do the same.
 */
function drawPath(trie: TrieNode, text: string, alpha: number, random: () => number): PathEdge | undefined {
  const endingAt: (Edge | undefined)[] = new Array<Edge | undefined>(text.length + 1).fill(undefined);
  for (let start = 0; start < text.length; start += 1) {
    const logSum = start === 0 ? 0 : logSumOf(endingAt[start]);
    if (logSum === undefined) continue;
    let node = trie.children.get(text.charCodeAt(start));
    for (let end = start + 1; node; end += 1) {
      const { piece } = node;
      if (piece)
        endingAt[end] = {
          id: piece.id,
          start,
          logWeight: logSum + alpha * piece.score,
          sibling: endingAt[end],
        };
      node = end < text.length ? node.children.get(text.charCodeAt(end)) : undefined;
    }
  }
  let path: PathEdge | undefined;
  for (let end = text.length; end > 0;) {
    const edge = drawEdge(endingAt[end], random());
    path = { id: edge.id, next: path };
    end = edge.start;
  }
  return path;
}

/** log Σ exp(logWeight); undefined when nothing ends there, as in the middle of a character. */
function logSumOf(first: Edge | undefined): number | undefined {
  if (!first) return undefined;
  const most = greatest(first);
  return most + Math.log(sumOf(first, most));
}

/** `share`, from 0 to below 1, of the siblings' sum falls into the edge that is drawn; rounding, into the last. */
function drawEdge(first: Edge | undefined, share: number): Edge {
  if (!first) throw new Bug('pieces of a vocabulary do not spell their own text');
  const most = greatest(first);
  let left = share * sumOf(first, most);
  let edge = first;
  while (edge.sibling) {
    left -= Math.exp(edge.logWeight - most);
    if (left < 0) break;
    edge = edge.sibling;
  }
  return edge;
}

function greatest(first: Edge): number {
  let most = first.logWeight;
  for (let edge = first.sibling; edge; edge = edge.sibling) most = Math.max(most, edge.logWeight);
  return most;
}

/** Relative to the greatest, so that long sentences do not underflow. */
function sumOf(first: Edge, most: number): number {
  let sum = 0;
  for (let edge: Edge | undefined = first; edge; edge = edge.sibling) sum += Math.exp(edge.logWeight - most);
  return sum;
}
