/** The commands by which a person steers what runs: what they take, and which file does them. */
import { type Command } from 'commander';
import { routes } from '@honyaku/contracts';
import { type CommandContext } from './terminal.ts';
import { type SweepRequest, type ExtendOptions } from './commands/control.ts';
import { collected, path, wholeNumber } from './options.ts';

const upTo = (high: number) => wholeNumber(1, high);

export function addControlCommands(
  program: Command,
  context: () => CommandContext,
  exitWith: (code: number) => void,
): void {
  addRequests(program, context);
  program
    .command('preview')
    .description('show the plan of a sweep file; nothing is stored or started')
    .argument('<file>')
    .action(async (file: string) => {
      const { preview } = await import('./commands/submit.ts');
      await preview(context(), file);
    });

  program
    .command('extend')
    .description('add trials or epochs, or change the space for the trials to come')
    .argument('<sweep>')
    .option('--trials <number>', 'of the whole sweep', upTo(10_000))
    .option('--epochs <number>', 'of each trial', upTo(10_000))
    .option('--parameters <file>', 'YAML of the space for the trials to come', path)
    .option('--warm-start <sweep...>', 'sweeps whose results the sampler takes into account as well')
    .action(async (sweep: string, options: ExtendOptions) => {
      const { extend } = await import('./commands/control.ts');
      await extend(context(), sweep, options);
    });

  program
    .command('add-trial')
    .description('start a trial with settings of your own')
    .argument('<sweep>')
    .option(
      '--set <name=value>',
      "a hyperparameter; the others are the sweep's constants, else the notebook's values",
      collected,
      [],
    )
    .option('--seed <number>', 'of the trial', wholeNumber(0, 2 ** 31 - 1))
    .action(async (sweep: string, options: { set: string[]; seed?: number }) => {
      const { addTrial } = await import('./commands/control.ts');
      await addTrial(context(), sweep, options);
    });

  program
    .command('clone')
    .description('submit a sweep again, as a new one')
    .argument('<sweep>')
    .option('--set <field=value>', 'a change, as trials=20 or parameters.dropout=0.3', collected, [])
    .action(async (sweep: string, options: { set: string[] }) => {
      const { clone } = await import('./commands/control.ts');
      await clone(context(), sweep, options);
    });

  program
    .command('log')
    .description('show what was decided on the trials of a sweep, and why')
    .argument('<sweep>')
    .action(async (sweep: string) => {
      const { log } = await import('./commands/show.ts');
      await log(context(), sweep);
    });

  program
    .command('trial')
    .description('show a trial epoch by epoch, and the command that trains it again')
    .argument('<trial>')
    .action(async (id: string) => {
      const { trial } = await import('./commands/show.ts');
      await trial(context(), id);
    });

  program
    .command('reproduce')
    .description('train a trial again from its seed and settings, and compare the weights')
    .argument('<trial>')
    .action(async (trial: string) => {
      const { reproduce } = await import('./commands/reproduce.ts');
      exitWith(await reproduce(context(), trial));
    });

  addRetention(program, context);
}

function addRequests(program: Command, context: () => CommandContext): void {
  const add = (name: string, description: string, route: SweepRequest, now?: string) => {
    const command = program.command(name).description(description).argument('<sweep>');
    if (now !== undefined) command.option('--now', now, false);
    command.action(async (sweep: string, options: { now?: boolean }) => {
      const { request } = await import('./commands/control.ts');
      await request(context(), route, { id: sweep, ...(options.now ? { now: true } : {}) });
    });
  };
  add(
    'cancel',
    'cancel a sweep; running epochs end and are not recorded',
    routes.cancel,
    'end running epochs at once',
  );
  add('pause', 'pause a sweep; running epochs end', routes.pause, 'put running epochs aside at once');
  add('resume', 'resume a paused sweep', routes.resume);
  add('retry-failed', 'retry failed and lost trials from their last epoch', routes.retryFailed);
}

function addRetention(program: Command, context: () => CommandContext): void {
  program
    .command('collect')
    .description('remove objects of a sweep that nothing refers to or its retention does not keep')
    .argument('<sweep>')
    .option('--dry-run', 'only show what would go', false)
    .action(async (sweep: string, options: { dryRun: boolean }) => {
      const { collect } = await import('./commands/bucket.ts');
      await collect(context(), sweep, options);
    });

  for (const [name, description] of [
    ['pin', 'keep a checkpoint in spite of retention'],
    ['unpin', 'leave a checkpoint to retention again'],
  ] as const)
    program
      .command(name)
      .description(description)
      .argument('<checkpoint>', 'TRIAL:EPOCH')
      .action(async (checkpoint: string) => {
        const { pin } = await import('./commands/bucket.ts');
        await pin(context(), checkpoint, name === 'pin');
      });

  program
    .command('reindex')
    .description('bring every sweep of the bucket back into Redis')
    .action(async () => {
      const { reindex } = await import('./commands/bucket.ts');
      await reindex(context());
    });
}
