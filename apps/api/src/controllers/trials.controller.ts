import { routes } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { jsonList } from '../http/json-stream.ts';
import { type InputOf, Route } from '../http/route.ts';
import { TrialReader } from '../trials/trial-reader.ts';

@Controller()
export class TrialsController {
  constructor(@Inject(TrialReader) private readonly trials: TrialReader) {}

  @Route(routes.trial)
  async show({ id }: InputOf<'trial'>) {
    return this.trials.trial(id);
  }

  @Route(routes.epochs)
  async epochs({ id }: InputOf<'epochs'>) {
    return jsonList('epochs', await this.trials.epochs(id));
  }

  @Route(routes.translations)
  async translations({ id, epoch }: InputOf<'translations'>) {
    return this.trials.translations(id, epoch);
  }
}
