import { routes } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { Collection } from '../retention/collection.ts';
import { SweepControl } from '../sweeps/sweep-control.ts';

@Controller()
export class RetentionController {
  constructor(
    @Inject(Collection) private readonly collection: Collection,
    @Inject(SweepControl) private readonly control: SweepControl,
  ) {}

  @Route(routes.collect)
  async collect({ id, dryRun }: InputOf<'collect'>) {
    const result = await this.collection.run(id, { dryRun });
    const noncurrent = await this.collection.noncurrent(id);
    return { ...result, ...(noncurrent ? { noncurrent } : {}) };
  }

  @Route(routes.pin)
  async pin({ id, epoch }: InputOf<'pin'>) {
    await this.collection.requireCheckpoint(id, epoch);
    return this.control.pin(id, epoch, true);
  }

  @Route(routes.unpin)
  async unpin({ id, epoch }: InputOf<'unpin'>) {
    return this.control.pin(id, epoch, false);
  }
}
