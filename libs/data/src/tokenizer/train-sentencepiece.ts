/** Training of SentencePiece models, which only the Python package (or its C++) can do. */
import { spawn } from 'node:child_process';
import { Cancelled, ChildLost, defaultCoverage, InvalidInput, Unavailable } from '@honyaku/contracts';

export interface SentencePieceTraining {
  /** Which vocabulary; names the setting in errors and the model: `<side>.model`. */
  readonly side: 'source' | 'target';
  readonly vocabularySize: number;
  /** The share of the characters that the model has pieces for; 0.9995 by default. */
  readonly characterCoverage?: number | undefined;
  /** Holds `<side>.txt`, a sentence a line; the model is written beside it. */
  readonly folder: string;
  /** For PYTHONPATH: the folder that holds the Python package sentencepiece. */
  readonly pythonPath: string;
  readonly signal?: AbortSignal | undefined;
  /** Longest that the training may take, in seconds. */
  readonly timeLimit?: number | undefined;
  /** The interpreter. */
  readonly python?: string | undefined;
}

const defaultTimeLimit = 3600;
const exitCodes = { noSentencePiece: 3, refused: 4 } as const;

/**
 * The notebook's settings: SentencePiece's defaults (unigram) but for the size, the pad id and, where it is another, the
 * coverage. One thread, file names without folders and no coverage that is the default, because all of them are written
 * into the model and shape its bytes.
 */
const script = `
import sys
try:
    import sentencepiece
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(${exitCodes.noSentencePiece})
side, size, *coverage = sys.argv[1:]
options = {'character_coverage': float(each) for each in coverage}
try:
    sentencepiece.SentencePieceTrainer.train(
        input=side + '.txt', model_prefix=side, vocab_size=int(size), pad_id=3, num_threads=1, minloglevel=2, **options)
except (RuntimeError, OSError) as error:
    print(error, file=sys.stderr)
    sys.exit(${exitCodes.refused})
`;

/**
 * Trains one model; the same sentences and size give the same bytes.
 * @throws InvalidInput when the corpus does not allow the vocabulary size, with the size that it allows, or when it
 * takes longer than the time limit.
 * @throws ChildLost when Python is killed or ends by itself: for lack of memory, most likely.
 * @throws Unavailable when Python or its package is absent.
 */
export async function trainSentencePiece(training: SentencePieceTraining): Promise<void> {
  const { side, vocabularySize, folder, pythonPath, signal, python = 'python3' } = training;
  const { timeLimit = defaultTimeLimit, characterCoverage = defaultCoverage } = training;
  const coverage = characterCoverage === defaultCoverage ? [] : [String(characterCoverage)];
  const child = spawn(python, ['-c', script, side, String(vocabularySize), ...coverage], {
    cwd: folder,
    env: { ...process.env, PYTHONPATH: pythonPath, PYTHONIOENCODING: 'utf-8' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages = (messages + text).slice(-longestMessage);
  });
  let timedOut = false;
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeLimit * 1000);
  signal?.addEventListener('abort', kill);
  if (signal?.aborted) kill();
  try {
    const { code, killedBy } = await new Promise<{ code: number | null; killedBy: string | null }>(
      (resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code, killedBy) => resolve({ code, killedBy }));
      },
    ).catch((cause: unknown) => {
      throw new Unavailable(
        `training a tokenizer needs Python 3, and ${python} cannot be started; ` +
          'install it, e.g. `apt-get install python3 python3-pip`',
        { cause },
      );
    });
    if (code === 0) return;
    if (signal?.aborted) throw new Cancelled(`training of the ${side} tokenizer was stopped`);
    if (timedOut)
      throw new InvalidInput(
        `corpus: training of the ${side} tokenizer took longer than ${timeLimit} seconds; use a smaller corpus`,
      );
    if (code === exitCodes.noSentencePiece)
      throw new Unavailable(
        `training a tokenizer needs the Python package sentencepiece, which is not at ${pythonPath}; ` +
          `run \`npm run setup\` to fetch it (${messages.trim()})`,
      );
    if (code === exitCodes.refused) throw refusal(side, vocabularySize, messages.trim());
    const said = messages.trim();
    throw new ChildLost(
      `training of the ${side} tokenizer ended with ${killedBy ?? `exit code ${code}`}${said === '' ? '' : `: ${said}`}`,
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

const longestMessage = 4_000;

/** SentencePiece's own error as a sentence about the setting that the user can change. */
export function refusal(side: 'source' | 'target', size: number, message: string): InvalidInput {
  const setting = `dataset.vocabularySize.${side}: ${size}`;
  const cause = new Error(message);
  const most = /set it to a value <= (\d+)/.exec(message)?.[1];
  if (most)
    return new InvalidInput(
      `${setting} is more than this corpus allows (at most ${most}); choose a smaller one or a larger corpus`,
      { cause },
    );
  const needed = /smaller than required_chars\. \d+ vs (\d+)/.exec(message)?.[1];
  if (needed)
    return new InvalidInput(
      `${setting} is less than this corpus needs (at least ${needed}: one piece for each character that ` +
        'dataset.characterCoverage covers); choose a larger one, or cover fewer characters',
      { cause },
    );
  return new InvalidInput(`${setting}: SentencePiece cannot train on this corpus: ${message}`, { cause });
}
