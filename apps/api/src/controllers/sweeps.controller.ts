import { Conflict, DecodingSettings, routes } from '@honyaku/contracts';
import { sweepViewOf } from '@honyaku/sweep-engine';
import { inSpan } from '@honyaku/telemetry';
import { Controller, Inject, Req, StreamableFile } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { disconnectionOf } from '../http/disconnection.ts';
import { jsonList } from '../http/json-stream.ts';
import { type InputOf, Route } from '../http/route.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Translator } from '../translator/translator.ts';
import { BestDownloads } from '../best/best-downloads.ts';
import { PutBackReason } from '../sweeps/put-back-reason.ts';
import { Submission } from '../sweeps/submission.ts';
import { type IdAndRow, SweepStore } from '../store/sweep-store.ts';
import { UnreadableSweeps } from '../store/unreadable-sweeps.ts';
import { viewJson } from '../store/sweep-fields.ts';

@Controller()
export class SweepsController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(Submission) private readonly submission: Submission,
    @Inject(BestDownloads) private readonly downloads: BestDownloads,
    @Inject(Translator) private readonly translator: Translator,
    @Inject(PutBackReason) private readonly putBackReason: PutBackReason,
    @Inject(UnreadableSweeps) private readonly unreadable: UnreadableSweeps,
  ) {}

  @Route(routes.submit)
  async submit({ body }: InputOf<'submit'>) {
    const { spec, yaml } = await this.planning.run('sweep', body);
    return inSpan('submit sweep', { name: spec.name }, () => this.submission.submit(spec, yaml));
  }

  @Route(routes.sweeps)
  async list() {
    return jsonList('sweeps', viewsOf(this.store.rowsOf(await this.store.ids())), this.unreadable.field());
  }

  @Route(routes.sweep)
  async show({ id }: InputOf<'sweep'>) {
    const sweep = await this.store.row(id);
    const reason = sweep.reason ?? this.unreadable.reasonOf(id) ?? (await this.putBackReason.of(sweep));
    return { ...sweepViewOf({ sweep }), ...(reason === undefined ? {} : { reason }) };
  }

  @Route(routes.sweepTrials)
  async trials({ id }: InputOf<'sweepTrials'>) {
    return jsonList('trials', await this.store.trialTexts(id));
  }

  @Route(routes.best)
  async best({ id }: InputOf<'best'>) {
    return this.downloads.of(id);
  }

  @Route(routes.bestFile)
  async bestFile({ id, file: name }: InputOf<'bestFile'>) {
    const { file, bytes } = await this.downloads.file(id, name);
    return new StreamableFile(file.createReadStream(), { length: bytes });
  }

  @Route(routes.bestMarian)
  async bestMarian({ id }: InputOf<'bestMarian'>) {
    const { type } = routes.bestMarian.answers;
    const disposition = `attachment; filename="${id}-marian.tar"`;
    return new StreamableFile(await this.downloads.marianArchive(id), { type, disposition });
  }

  @Route(routes.translate)
  async translate({ id, body }: InputOf<'translate'>, @Req() { raw }: FastifyRequest) {
    const disconnection = disconnectionOf(raw.socket);
    const request = await this.planning.run('translation', body);
    const { spec, best } = await this.store.row(id);
    if (!best) throw new Conflict(`sweep ${id} has no best checkpoint yet`);
    const { dataset, decoding = DecodingSettings.parse({}) } = spec;
    // The longest training target and its end token.
    const limits = { maxTokens: decoding.maxTokens, longestTarget: dataset.maxTokens + 1 };
    return this.translator.translate(id, request, limits, disconnection);
  }
}

async function* viewsOf(rows: AsyncIterable<IdAndRow>): AsyncGenerator<string> {
  for await (const { row } of rows) if (row) yield viewJson(sweepViewOf({ sweep: row }));
}
