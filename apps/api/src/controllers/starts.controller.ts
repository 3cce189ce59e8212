import { routes } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { StartStore } from '../starts/start-store.ts';
import { TrialStarts } from '../starts/trial-starts.ts';

@Controller()
export class StartsController {
  constructor(
    @Inject(StartStore) private readonly starts: StartStore,
    @Inject(TrialStarts) private readonly trials: TrialStarts,
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
  ) {}

  @Route(routes.uploadStartFile)
  async upload({ sha256, body }: InputOf<'uploadStartFile'>) {
    return this.starts.uploadFile(sha256, body);
  }

  @Route(routes.storeStart)
  async store({ digest, body }: InputOf<'storeStart'>) {
    return this.starts.store(digest, await this.planning.run('start', body));
  }

  @Route(routes.start)
  async show({ digest }: InputOf<'start'>) {
    return this.starts.record(digest);
  }

  @Route(routes.trialStart)
  async ofTrial({ id, epoch }: InputOf<'trialStart'>) {
    return this.trials.record(id, epoch);
  }

  @Route(routes.storeTrialStart)
  async storeOfTrial({ id, epoch }: InputOf<'storeTrialStart'>) {
    return this.trials.store(id, epoch);
  }
}
