/** The key layout: one bucket, human-readable keys, immutable once committed. */
import { type Sha256, type SweepId, sweepIdOf, type TrialId } from '@honyaku/contracts';

const sweep = (id: SweepId) => `sweeps/${id}`;
const trial = (id: TrialId) => `${sweep(sweepIdOf(id))}/trials/${id}`;
const epochFolder = (id: TrialId, epoch: number) => `${trial(id)}/epochs/${String(epoch).padStart(4, '0')}`;

/** The key of a folder, which ends with a slash. */
export type Folder = `${string}/`;

/** The number of the log entry that has the key; undefined for other keys. */
export function logSequenceOf(key: string): number | undefined {
  const [, sequence] = /\/log\/(\d{8,})\.json$/.exec(key) ?? [];
  return sequence === undefined ? undefined : Number(sequence);
}

/** Whether the key is that of a score record. */
export function isScoreRecord(key: string): boolean {
  return /\/epochs\/\d{4,}\/score\.json$/.test(key);
}

/** Keys of objects, and of folders (without a closing slash) whose records name files relative to them. */
export const keys = {
  corpusFolder: (digest: Sha256) => `corpora/${digest}`,
  /** Commit point of a corpus. */
  corpus: (digest: Sha256) => `corpora/${digest}/corpus.json`,
  /** Files of models by their sha256. */
  startFiles: 'starts/files',
  /** Commit point of a model that sweeps start from. */
  start: (digest: Sha256) => `starts/${digest}/start.json`,
  datasetFolder: (digest: Sha256) => `datasets/${digest}`,
  /** Commit point of a dataset. */
  manifest: (digest: Sha256) => `datasets/${digest}/manifest.json`,
  datasetReport: (digest: Sha256) => `datasets/${digest}/report.json`,
  sweepFolder: sweep,
  /** The file as it was submitted. */
  sweepYaml: (id: SweepId) => `${sweep(id)}/sweep.yaml`,
  sweepRecord: (id: SweepId) => `${sweep(id)}/sweep.json`,
  logFolder: (id: SweepId) => `${sweep(id)}/log`,
  /** What happened as number `sequence` (from 1) in a sweep. */
  logEntry: (id: SweepId, sequence: number) => `${sweep(id)}/log/${String(sequence).padStart(8, '0')}.json`,
  trialFolder: trial,
  trialRecord: (id: TrialId) => `${trial(id)}/trial.json`,
  epochFolder,
  /** Commit point of a train-epoch job. */
  epochRecord: (id: TrialId, epoch: number) => `${epochFolder(id, epoch)}/record.json`,
  /** The last mid-epoch checkpoint of one attempt; overwritten by its next. */
  partialRecord: (id: TrialId, epoch: number, attempt: string) =>
    `${epochFolder(id, epoch)}/${attempt}/partial.json`,
  /** Commit point of an evaluate job. */
  evaluationRecord: (id: TrialId, epoch: number) => `${epochFolder(id, epoch)}/evaluation.json`,
  /** Commit point of a score job. */
  scoreRecord: (id: TrialId, epoch: number) => `${epochFolder(id, epoch)}/score.json`,
  bestFolder: (id: SweepId) => `${sweep(id)}/best`,
} as const;
