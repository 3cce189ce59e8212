/** The `honyaku` command: which commands there are, what they take, and the exit code of each outcome. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { type ErrorBody, HonyakuError, kindOf, messageOf } from '@honyaku/contracts';
import { z } from 'zod';
import { defaultFolderName, findApi } from './api-address.ts';
import { ApiClient } from '@honyaku/client';
import { type CommandContext, exitCodeOf, exitCodes, type Terminal, notify } from './terminal.ts';
import { bundleForms } from './bundle-forms.ts';
import { type CheckOptions } from './commands/corpus.ts';
import { quantizations } from './ctranslate2.ts';
import { type BestOptions } from './commands/best.ts';
import { type TranslateOptions } from './commands/translate.ts';
import { addControlCommands } from './control-program.ts';
import { decimalNumber, language, path, wholeNumber } from './options.ts';

/** Runs one command line. @returns the exit code: 0 completed, 1 failed, 2 bad usage, 3 unavailable, 130 Ctrl-C */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = exitCodes.completed;
  const program = honyaku(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.badUsage;
    report(error, terminal, program.opts<{ json?: boolean }>().json ?? false);
    return exitCodeOf(error);
  }
}

function report(error: unknown, terminal: Terminal, json: boolean): void {
  const body: ErrorBody = { error: kindOf(error), message: messageOf(error) };
  if (json) notify(terminal, JSON.stringify(body));
  else if (error instanceof HonyakuError) notify(terminal, `honyaku: ${body.message}`);
  else notify(terminal, `honyaku: ${error instanceof Error ? (error.stack ?? error.message) : body.message}`);
}

function honyaku(terminal: Terminal, exitWith: (code: number) => void): Command {
  const program = new Command('honyaku');
  const context = (): CommandContext => {
    const { api, json = false } = program.opts<{ api?: string; json?: boolean }>();
    return {
      terminal,
      json,
      client: async () => new ApiClient(await findApi({ ...terminal, api }), terminal.interrupted),
    };
  };
  program
    .description('trains translation models as queued jobs')
    .version(ownVersion())
    .option('--api <url>', 'address of the API (else HONYAKU_API_URL, else the `honyaku up` of this folder)')
    .option('--json', 'one JSON document instead of text; watch: one live event a line')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.output.write(text),
      writeErr: (text) => terminal.messages.write(text),
    })
    .showSuggestionAfterError();

  program
    .command('up')
    .description('run the platform here: Redis, object store, API and workers, until Ctrl-C')
    .option('--folder <folder>', 'holds all state and logs', path, defaultFolderName)
    .option('--workers <number>', 'how many trials can run at once', wholeNumber(1, 64), 2)
    .option('--port <port>', 'of the API; 0 takes a free one', wholeNumber(0, 65_535), 7400)
    .option('--fresh', 'begin with an empty state', false)
    .action(async (options: { folder: string; workers: number; port: number; fresh: boolean }) => {
      const { up } = await import('./commands/up.ts');
      await up(context(), options);
    });

  program
    .command('submit')
    .description('submit a sweep file (YAML or JSON)')
    .argument('<file>')
    .option('--watch', 'follow it to its end', false)
    .action(async (file: string, options: { watch: boolean }) => {
      const { submit } = await import('./commands/submit.ts');
      exitWith(await submit(context(), file, options));
    });

  program
    .command('corpus')
    .description('look into a corpus before it is sent')
    .command('check')
    .description('show all that is wrong with a corpus: its files, or the sweep file (.yaml) that names them')
    .argument('<files...>', 'one file, or the two of parallel text; packed or not')
    .option('--source <language>', 'of the source side, such as de', language)
    .option('--target <language>', 'of the target side, such as en', language)
    .option('--source-column <number>', 'of text with tabs; the first is 0', wholeNumber(0, 1_000))
    .option('--target-column <number>', 'of text with tabs; the first is 0', wholeNumber(0, 1_000))
    .action(async (files: string[], options: CheckOptions) => {
      const { check } = await import('./commands/corpus.ts');
      exitWith(await check(context(), files, options));
    });

  program
    .command('ls')
    .description('list sweeps')
    .action(async () => {
      const { ls } = await import('./commands/show.ts');
      await ls(context());
    });

  program
    .command('show')
    .description('show a sweep and its trials')
    .argument('<sweep>')
    .action(async (sweep: string) => {
      const { show } = await import('./commands/show.ts');
      await show(context(), sweep);
    });

  program
    .command('watch')
    .description('follow a sweep to its end')
    .argument('<sweep>')
    .action(async (sweep: string) => {
      const { watch } = await import('./commands/watch.ts');
      exitWith(await watch(context(), sweep));
    });

  program
    .command('best')
    .description('show or download the best checkpoint')
    .argument('<sweep>')
    .option('--output <folder>', 'download it, with its tokenizers, into this folder', path)
    .addOption(
      new Option(
        '--format <form>',
        "with --output: bundle, which PyTorch loads; a Transformer also as marian, for Hugging Face's transformers, or ctranslate2",
      ).choices(bundleForms),
    )
    .addOption(
      new Option(
        '--quantization <type>',
        'of the weights in the form ctranslate2 (default: float32)',
      ).choices(quantizations),
    )
    .action(async (sweep: string, options: BestOptions) => {
      const { best } = await import('./commands/best.ts');
      await best(context(), sweep, options);
    });

  program
    .command('translate')
    .description('translate with the best checkpoint; without sentences the lines of standard input')
    .argument('<sweep>')
    .argument('[sentences...]')
    .option(
      '--max-tokens <number>',
      'tokens after which a translation is cut; else the limit of its sweep: twice the tokens of its source and 50',
      wholeNumber(1, 4097),
    )
    .option('--beam-size <number>', 'translations that beam search keeps; 1 is greedy', wholeNumber(1, 32))
    .option(
      '--length-penalty <number>',
      'of beam search (--beam-size above 1); more prefers longer translations',
      decimalNumber,
    )
    .option(
      '--normalize <number>',
      'in place of the length penalty: divide by the length to this exponent, as Marian and CTranslate2 do',
      decimalNumber,
    )
    .option(
      '--patience <number>',
      'end beam search once so many times the beam size have ended, as CTranslate2 does',
      decimalNumber,
    )
    .option('--sample', 'draw tokens by their probability instead of taking the likeliest')
    .option('--seed <number>', 'of the draws of --sample', wholeNumber(0, 2 ** 31 - 1))
    .option(
      '--temperature <number>',
      'of the draws of --sample; below 1 likely tokens get likelier',
      decimalNumber,
    )
    .option('--top-k <number>', 'with --sample: draw from so many likeliest tokens', wholeNumber(0, 65_535))
    .option(
      '--top-p <share>',
      'with --sample: draw from the likeliest tokens that have this probability together',
      decimalNumber,
    )
    .action(async (sweep: string, sentences: string[], options: TranslateOptions) => {
      const { translate } = await import('./commands/translate.ts');
      exitWith(await translate(context(), sweep, sentences, options));
    });

  program
    .command('compare')
    .description('compare two checkpoints by BLEU and chrF2, and show whether luck explains the difference')
    .argument('<baseline>', 'TRIAL, for its best epoch, or TRIAL:EPOCH')
    .argument('<system>')
    .action(async (baseline: string, system: string) => {
      const { compare } = await import('./commands/compare.ts');
      await compare(context(), baseline, system);
    });

  program
    .command('report')
    .description('write a self-contained HTML report of a sweep')
    .argument('<sweep>')
    .option('--output <file>', 'where to', path, 'report.html')
    .action(async (sweep: string, options: { output: string }) => {
      const { report } = await import('./commands/report.ts');
      await report(context(), sweep, options);
    });

  addControlCommands(program, context, exitWith);
  return program;
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
