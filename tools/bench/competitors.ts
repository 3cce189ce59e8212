/** The two sides of a comparison: processes that answer lines of JSON, asked in alternation. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Bug, fromJson, installedPaths, type Precision, Unavailable } from '@honyaku/contracts';
import { type z } from 'zod';
import { type BenchDataset } from './bench-dataset.ts';
import { type NetworkName, networks } from './networks.ts';
import { setting } from './setting.ts';
import { type Python } from './torch.ts';

const answerLimitSeconds = 600;
const endLimitSeconds = 10;

/** How to start a process. */
interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A process that answers a line of JSON with a line of JSON and rests otherwise; it does not outlive ours. */
export class Competitor {
  readonly #child;
  readonly #lines;
  readonly #closed;

  constructor(
    readonly name: string,
    { command, args, environment }: Command,
  ) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Its end shows as the end of its lines.
    this.#child.on('error', () => undefined);
    this.#child.stdin.on('error', () => undefined);
    const kill = () => this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#closed = once(this.#child, 'close')
      .catch(() => undefined)
      .finally(() => process.off('exit', kill));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Bug when the process ends or takes too long, Corrupt for an answer of another shape */
  async ask<Answer extends z.ZodType>(answer: Answer, request: unknown): Promise<z.output<Answer>> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), answerLimitSeconds * 1000);
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    clearTimeout(limit);
    if (done)
      throw new Bug(`${this.name} ended before its answer, for which it has ${answerLimitSeconds} seconds.`);
    return fromJson(answer, value, this.name);
  }

  /** Resolves when the process is gone, so that it takes no time from the next. */
  async end(): Promise<void> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), endLimitSeconds * 1000);
    this.#child.stdin.end();
    await this.#closed;
    clearTimeout(limit);
  }
}

/** Lends processes and ends them, whatever happens. */
export async function withCompetitors<Result>(
  competitors: readonly Competitor[],
  use: () => Promise<Result>,
): Promise<Result> {
  try {
    return await use();
  } finally {
    await Promise.all(competitors.map((competitor) => competitor.end()));
  }
}

export interface BenchContext {
  /** Temporary. */
  readonly folder: string;
  /** Made at the first call. */
  readonly dataset: (network: NetworkName) => Promise<BenchDataset>;
  /** Sets PyTorch up at the first call. */
  readonly torch: () => Promise<Python>;
  /** The same with Hugging Face's transformers. */
  readonly transformers: () => Promise<Python>;
  /** Progress. */
  readonly report: (line: string) => void;
  /** Whole epochs instead of samples. */
  readonly full: boolean;
}

/** A script of ours/ with its first argument as JSON. */
export function ourCompetitor(
  script: string,
  argument: unknown,
  precision: Precision = 'float32',
): Competitor {
  const path = join(import.meta.dirname, 'ours', script);
  return new Competitor(`ours/${script}`, {
    command: process.execPath,
    args: ['--import', 'tsx', path, JSON.stringify(argument)],
    environment: ourEnvironment(precision),
  });
}

/** The environment that a worker gives to its trials, with the kernels that HONYAKU_KERNELS names. */
export function ourEnvironment(precision: Precision): Readonly<Record<string, string>> {
  const kernels = process.env['HONYAKU_KERNELS'] ?? 'native';
  return {
    HONYAKU_KERNELS: kernels,
    HONYAKU_PRECISION: precision,
    HONYAKU_THREADS: String(setting.threads),
    TF_NUM_INTRAOP_THREADS: String(kernels === 'native' ? 1 : setting.threads),
    TF_ENABLE_ONEDNN_OPTS: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
}

/** A script for PyTorch, whose first argument is the setting with the network's. */
export async function torchCompetitor(
  context: BenchContext,
  script: string,
  network: NetworkName,
  args: readonly string[],
  more: object = {},
): Promise<Competitor> {
  const { vocabularySize } = await context.dataset(network);
  const { hyperparameters } = networks[network];
  const isMarian = hyperparameters.network === 'transformer';
  return pythonCompetitor(await (isMarian ? context.transformers() : context.torch()), script, [
    JSON.stringify({ ...hyperparameters, ...setting, ...more, vocabularySize }),
    ...args,
  ]);
}

export function pythonCompetitor(
  { python, environment }: Python,
  script: string,
  args: readonly string[],
): Competitor {
  return new Competitor(script, {
    command: python,
    args: [join(import.meta.dirname, script), ...args],
    environment: { ...environment, PYTHONDONTWRITEBYTECODE: '1' },
  });
}

/** The Python package sentencepiece that set-up installs. @throws Unavailable before set-up */
export function sentencePiecePython(): Python {
  const { sentencepiece } = installedPaths();
  if (!existsSync(sentencepiece)) throw new Unavailable('SentencePiece is not set up: run npm run setup');
  return { python: 'python3', environment: { PYTHONPATH: sentencepiece } };
}

/** The two sides of a comparison. */
export interface Sides<Value> {
  readonly ours: Value;
  readonly reference: Value;
}

/**
 * Asks both sides each of `turns`, one after the other, and collects their answers. Who begins changes from
 * turn to turn, so that a machine that slows down or speeds up favours nobody.
 * @param onTurn called after each turn, which counts from 1
 */
export async function alternate<Turn, Answer>(
  turns: readonly Turn[],
  ask: Asked<Turn, Answer>,
  onTurn: (turn: number, answers: Sides<Answer>) => void,
): Promise<Sides<Answer[]>> {
  const all: Sides<Answer[]> = { ours: [], reference: [] };
  for (const [index, turn] of turns.entries()) {
    const answers = index % 2 === 0 ? await oursFirst(turn, ask) : await referenceFirst(turn, ask);
    all.ours.push(answers.ours);
    all.reference.push(answers.reference);
    onTurn(index + 1, answers);
  }
  return all;
}

type Asked<Turn, Answer> = Sides<(turn: Turn) => Promise<Answer>>;

async function oursFirst<Turn, Answer>(turn: Turn, ask: Asked<Turn, Answer>): Promise<Sides<Answer>> {
  const ours = await ask.ours(turn);
  return { ours, reference: await ask.reference(turn) };
}

async function referenceFirst<Turn, Answer>(turn: Turn, ask: Asked<Turn, Answer>): Promise<Sides<Answer>> {
  const reference = await ask.reference(turn);
  return { ours: await ask.ours(turn), reference };
}
