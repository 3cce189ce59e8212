import {
  BestBundle,
  BundleFile,
  Conflict,
  SweepId,
  SweepList,
  SweepSpec,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  TrialList,
  paths,
} from '@honyaku/contracts';
import { inSpan } from '@honyaku/telemetry';
import { Controller, Inject, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import { FromPath, FromText, type TextBody, jsonType, yamlTypes } from '../http/inputs.ts';
import { jsonList } from '../http/json-stream.ts';
import { Route } from '../http/route.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Translator } from '../translator/translator.ts';
import { BestDownloads } from './best-downloads.ts';
import { PutBackReason } from './put-back-reason.ts';
import { Submission } from './submission.ts';
import { sweepViewOf, viewJson } from './sweep-state.ts';
import { type IdAndRow, SweepStore } from './sweep-store.ts';

const WithId = () => FromPath('id', SweepId, 'sweep id');

@ApiTags('sweeps')
@Controller()
export class SweepsController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(Submission) private readonly submission: Submission,
    @Inject(BestDownloads) private readonly downloads: BestDownloads,
    @Inject(Translator) private readonly translator: Translator,
    @Inject(PutBackReason) private readonly putBackReason: PutBackReason,
  ) {}

  @Route({
    method: 'POST',
    path: paths.sweeps,
    summary: 'Submit a sweep',
    status: 201,
    answers: SweepView,
  })
  async submit(@FromText(SweepSpec, [jsonType, ...yamlTypes]) body: TextBody) {
    const { spec, yaml } = await this.planning.run('sweep', body);
    const sweep = await inSpan('submit sweep', { name: spec.name }, () => this.submission.submit(spec, yaml));
    return z.encode(SweepView, sweep);
  }

  @Route({ method: 'GET', path: paths.sweeps, summary: 'All sweeps, the newest first', answers: SweepList })
  async list() {
    return jsonList('sweeps', viewsOf(this.store.rowsOf(await this.store.ids())));
  }

  @Route({
    method: 'GET',
    path: paths.sweep(':id'),
    summary: 'One sweep',
    answers: SweepView,
    refusals: [404],
  })
  async show(@WithId() sweepId: string) {
    const sweep = await this.store.row(sweepId);
    const reason = sweep.reason ?? (await this.putBackReason.of(sweep));
    return z.encode(SweepView, { ...sweepViewOf({ sweep }), ...(reason === undefined ? {} : { reason }) });
  }

  @Route({
    method: 'GET',
    path: paths.sweepTrials(':id'),
    summary: 'The trials of a sweep, by number',
    answers: TrialList,
    refusals: [404],
  })
  async trials(@WithId() sweepId: string) {
    return jsonList('trials', await this.store.trialTexts(sweepId));
  }

  @Route({
    method: 'GET',
    path: paths.best(':id'),
    summary: 'The best checkpoint so far: presigned URLs and the stable place in the bucket',
    answers: BestBundle,
    refusals: [404],
  })
  async best(@WithId() sweepId: string) {
    return z.encode(BestBundle, await this.downloads.of(sweepId));
  }

  @Route({
    method: 'GET',
    path: paths.bestFile(':id', ':file'),
    summary: 'A file of the best checkpoint, for those who do not reach the bucket',
    answers: { type: 'application/octet-stream', description: 'the file' },
    refusals: [404],
  })
  async bestFile(@WithId() sweepId: string, @FromPath('file', BundleFile) name: BundleFile) {
    const { file, bytes } = await this.downloads.file(sweepId, name);
    return new StreamableFile(file.createReadStream(), { length: bytes });
  }

  @Route({
    method: 'POST',
    path: paths.translate(':id'),
    summary: "Translate with the sweep's best checkpoint",
    answers: TranslateResponse,
    refusals: [404, 409],
  })
  async translate(
    @WithId() sweepId: string,
    @FromText(TranslateRequest) body: TextBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const request = await this.planning.run('translation', body);
    const { spec, best } = await this.store.row(sweepId);
    if (!best) throw new Conflict(`sweep ${sweepId} has no best checkpoint yet`);
    const longest = spec.dataset.maxTokens + 1;
    return z.encode(
      TranslateResponse,
      await this.translator.translate(sweepId, request, longest, gone.signal),
    );
  }
}

async function* viewsOf(rows: AsyncIterable<IdAndRow>): AsyncGenerator<string> {
  for await (const { row } of rows) if (row) yield viewJson(sweepViewOf({ sweep: row }));
}
