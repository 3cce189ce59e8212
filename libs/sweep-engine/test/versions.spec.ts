/** Processes of two versions at one bucket and one Redis: what each writes is read by the other. */
import {
  BundleConfig,
  CorpusRecord,
  DatasetManifest,
  DecodingSettings,
  EpochRecord,
  EvaluationRecord,
  LiveEvent,
  NewerVersion,
  PartialRecord,
  PreprocessProgress,
  ScoreRecord,
  StopNotice,
  type SweepEvent,
  SweepLogEntry,
  SweepRecord,
  TrainProgress,
  TranslationList,
  TrialRecord,
  TrialView,
  advanceJob,
  beginJob,
  collectJob,
  concludeJob,
  evaluateJob,
  fromJson,
  preprocessJob,
  readLogEntry,
  scoreJob,
  storedVersion,
  storedDataset,
  sweepIdOf,
  toJson,
  trainEpochJob,
  translationsFileName,
  webhookJob,
} from '@honyaku/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SweepRow, epochCommitted } from '../src/index.ts';
import { bucket, exchanged, isReadByFirstVersion, recordKeys } from './stored/first-version.ts';

/** Everything that goes from process to process. */
const kinds = {
  sweepRecord: { schema: SweepRecord },
  trialRecord: { schema: TrialRecord },
  logEntry: { schema: SweepLogEntry },
  epochRecord: { schema: EpochRecord },
  evaluationRecord: { schema: EvaluationRecord },
  translationList: { schema: TranslationList },
  bundleConfig: { schema: BundleConfig },
  datasetManifest: { schema: DatasetManifest },
  corpusRecord: { schema: CorpusRecord },
  partialRecord: { schema: PartialRecord },
  sweepRow: { schema: SweepRow },
  trialRow: { schema: TrialView },
  stopNotice: { schema: StopNotice },
  liveEvent: { schema: LiveEvent },
  trainProgress: { schema: TrainProgress },
  preprocessProgress: { schema: PreprocessProgress },
  'preprocess payload': { schema: preprocessJob.payload },
  'train-epoch payload': { schema: trainEpochJob.payload },
  'evaluate payload': { schema: evaluateJob.payload },
  'advance payload': { schema: advanceJob.payload },
  'begin payload': { schema: beginJob.payload },
  'collect payload': { schema: collectJob.payload },
  'webhook payload': { schema: webhookJob.payload },
} satisfies Record<string, { readonly schema: z.ZodType }>;
type Kind = keyof typeof kinds;
const all = z.enum(Object.keys(kinds) as [Kind, ...Kind[]]).options;

function readHere(kind: Kind, text: string): unknown {
  return kind === 'logEntry' ? readLogEntry(text, kind) : fromJson<z.ZodType>(kinds[kind].schema, text, kind);
}

const writtenBefore = (kind: Kind): string[] => {
  const [, pattern] = Object.entries(recordKeys).find(([each]) => each === kind) ?? [];
  const inBucket = Object.entries(bucket).flatMap(([key, text]) => (pattern?.test(key) ? [text] : []));
  return [...inBucket, ...(exchanged[kind] ?? []).map((each) => JSON.stringify(each))];
};

/** What they may become: every object has more in it, but those whose keys are names of settings. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== 'object' || value === null) return value;
  const more = Object.entries(value).map(([key, each]) => [
    key,
    key === 'parameters' || key === 'when' ? each : withMore(each),
  ]);
  return Object.fromEntries([...more, ['addedLater', { by: ['a version', 2] }]]);
}

describe.each(all)('%s', (kind) => {
  const before: string[] = [];
  const here: string[] = [];
  const later: string[] = [];
  beforeAll(() => {
    before.push(...writtenBefore(kind));
    here.push(...before.map((text) => toJson<z.ZodType>(kinds[kind].schema, readHere(kind, text))));
    later.push(...here.map((text) => JSON.stringify(withMore(JSON.parse(text)))));
  });

  it('of version 0.1.0 is read by this one, which would write the same', () => {
    expect(before.length).toBeGreaterThan(0);
    expect(here.map((text) => JSON.parse(text))).toEqual(before.map((text) => JSON.parse(text)));
  });

  it('of this version is read by version 0.1.0', () => {
    expect(here.filter((text) => !isReadByFirstVersion(kind, text))).toEqual([]);
  });

  it('of a version to come is read by this one without what it does not know', () => {
    expect(later.map((text) => readHere(kind, text))).toEqual(here.map((text) => readHere(kind, text)));
  });

  it('of a version to come is refused by version 0.1.0: nothing may be added while it runs', () => {
    expect(later.filter((text) => isReadByFirstVersion(kind, text))).toEqual([]);
  });

  it('that only a version to come understands is left to that', () => {
    const text = JSON.stringify({ ...JSON.parse(here[0] ?? ''), version: storedVersion + 1 });
    expect(() => readHere(kind, text)).toThrow(NewerVersion);
  });
});

describe('an epoch whose translations were cut', () => {
  it('comes to an entry of the log that version 0.1.0 reads', () => {
    const [trained = ''] = writtenBefore('epochRecord');
    const [evaluated = ''] = writtenBefore('evaluationRecord');
    const evaluation = fromJson(EvaluationRecord, evaluated, 'evaluation.json');
    evaluation.translations.key = translationsFileName(7);
    expect(isReadByFirstVersion('evaluationRecord', toJson(EvaluationRecord, evaluation))).toBe(true);
    const record = fromJson(EpochRecord, trained, 'record.json');
    const entry: SweepLogEntry = {
      sweepId: 'cut-123456',
      sequence: 1,
      at: '2026-01-01T00:00:00.000Z',
      events: [epochCommitted(record.trialId, record, evaluation)],
      decisions: [],
    };
    expect(isReadByFirstVersion('logEntry', toJson(SweepLogEntry, entry))).toBe(true);
  });
});

describe('a sweep whose evaluations translate a sample', () => {
  const first = (kind: Kind) => writtenBefore(kind)[0] ?? '';
  const evaluation: EvaluationRecord = fromJson(EvaluationRecord, first('evaluationRecord'), 'evaluation');
  const { trialId, epoch, model, translations, provenance, committedAt, metrics } = evaluation;
  const at = { trialId, epoch };
  const scored = { ...at, scores: metrics.translations, seconds: 9 };
  const entryWith = (event: SweepEvent): SweepLogEntry => ({
    ...fromJson(SweepLogEntry, first('logEntry'), 'entry'),
    events: [event],
  });

  it.each<[string, z.ZodType, unknown]>([
    ['record of its score', ScoreRecord, { ...scored, model, translations, provenance, committedAt }],
    ['score payload', scoreJob.payload, fromJson(evaluateJob.payload, first('evaluate payload'), 'payload')],
    ['conclude payload', concludeJob.payload, { sweepId: sweepIdOf(trialId), ...at }],
    ['log entry of its score', SweepLogEntry, entryWith({ type: 'epoch-scored', ...scored })],
    [
      'log entry of a failure',
      SweepLogEntry,
      entryWith({ type: 'score-failed', ...at, reason: 'no memory' }),
    ],
  ])(
    'has a %s that is read as it was written, also when a version to come adds to it',
    (_, schema, value) => {
      const written = toJson(schema, value);
      const later = JSON.stringify(withMore(JSON.parse(written)));
      expect(fromJson(schema, written, 'here')).toEqual(value);
      expect(fromJson(schema, later, 'later')).toEqual(value);
    },
  );

  it('is left by version 0.1.0 where its dataset has a dev set, which that version would not know', () => {
    const record = fromJson(SweepRecord, first('sweepRecord'), 'record');
    const row = fromJson(SweepRow, first('sweepRow'), 'row');
    const payload = fromJson(evaluateJob.payload, first('evaluate payload'), 'payload');
    const spec = { ...record.spec, dataset: storedDataset(record.spec.dataset) };
    const { translations: scores, seconds, ...losses } = metrics;
    const written: [Kind, string][] = [
      ['sweepRecord', toJson(SweepRecord, { ...record, spec })],
      ['sweepRow', toJson(SweepRow, { ...row, spec })],
      ['evaluate payload', toJson(evaluateJob.payload, { ...payload, dev: true })],
      [
        'logEntry',
        toJson(SweepLogEntry, entryWith({ type: 'epoch-scored', ...at, scores, losses, seconds })),
      ],
    ];
    expect(written.filter(([kind, text]) => isReadByFirstVersion(kind, text))).toEqual([]);
  });

  it('is left by version 0.1.0 where it has a decoding, which that version would not know', () => {
    const record = fromJson(SweepRecord, first('sweepRecord'), 'record');
    const row = fromJson(SweepRow, first('sweepRow'), 'row');
    const payload = fromJson(evaluateJob.payload, first('evaluate payload'), 'payload');
    const decoding = DecodingSettings.parse({});
    const spec = { ...record.spec, decoding };
    const beam = { size: decoding.beamSize, lengthPenalty: decoding.lengthPenalty };
    const scores = { ...metrics.translations, beam };
    const written: [Kind, string][] = [
      ['sweepRecord', toJson(SweepRecord, { ...record, spec })],
      ['sweepRow', toJson(SweepRow, { ...row, spec })],
      ['evaluate payload', toJson(evaluateJob.payload, { ...payload, decoding })],
      ['logEntry', toJson(SweepLogEntry, entryWith({ type: 'epoch-scored', ...scored, scores }))],
    ];
    expect(written.filter(([kind, text]) => isReadByFirstVersion(kind, text))).toEqual([]);
  });

  it('is left by version 0.1.0, which does not go on with it as if all were translated', () => {
    const evaluated = { sentences: 500 };
    const record = fromJson(SweepRecord, first('sweepRecord'), 'record');
    const row = fromJson(SweepRow, first('sweepRow'), 'row');
    const payload = fromJson(evaluateJob.payload, first('evaluate payload'), 'payload');
    const spec = { ...record.spec, evaluation: evaluated };
    const written: [Kind, string][] = [
      ['sweepRecord', toJson(SweepRecord, { ...record, spec })],
      ['sweepRow', toJson(SweepRow, { ...row, spec })],
      ['evaluate payload', toJson(evaluateJob.payload, { ...payload, ...evaluated })],
      ['logEntry', toJson(SweepLogEntry, entryWith({ type: 'epoch-scored', ...scored }))],
    ];
    expect(written.filter(([kind, text]) => isReadByFirstVersion(kind, text))).toEqual([]);
  });
});
