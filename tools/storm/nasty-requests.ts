/** Requests of at most 1 MiB that would take long if their size were the only limit. */
import { defaultHyperparameters, routes, urlOf } from '@honyaku/contracts';

export interface StormRequest {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly type?: 'application/json' | 'application/yaml';
  readonly body?: string;
}

export interface Targets {
  /** Digest of a stored corpus. */
  readonly corpus: string;
  /** A sweep that is there. */
  readonly sweep: string;
  /** One without a checkpoint: those of pretended workers cannot be translated with. */
  readonly untrained: string;
}

const mebibyte = 1024 * 1024;
const many = <Value>(count: number, make: (number: number) => Value) =>
  Array.from({ length: count }, (_, number) => make(number));
/** As many as fit. */
const filled = (piece: string, before = '', after = '') =>
  before + piece.repeat(Math.floor((mebibyte - before.length - after.length) / piece.length)) + after;
const keys = (count: number) => many(count, (number) => `k${number}: 1\n`).join('');

const hugeGrid = { type: 'float', low: 0.0001, high: 1, step: 0.0001 };
const conditions = (count: number) => ({
  batchSize: { type: 'choice', values: many(count, (number) => number + 1) },
  dropout: { type: 'float', low: 0, high: 0.5, when: { batchSize: many(count, (number) => count - number) } },
});

/** Spaces and plans that cost more than they look. */
function sweeps(corpus: string): [string, object][] {
  const spec = (settings: object) => ({ name: 'storm', corpus: { digest: corpus }, ...settings });
  const allRanges = Object.fromEntries(
    ['dropout', 'labelSmoothing', 'averageDecay', 'weightDecay', 'learningRate', 'subwordAlpha'].map(
      (name) => [name, { type: 'float', low: 0.01, high: 0.5, step: 0.01 }],
    ),
  );
  return [
    [
      'a grid of 10,000 cells',
      spec({ sampler: 'grid', trials: 10_000, parameters: { learningRate: hugeGrid } }),
    ],
    ['a grid of 10,000 of many cells', spec({ sampler: 'grid', trials: 10_000, parameters: allRanges })],
    [
      'a grid with a condition on millions of cells',
      spec({
        sampler: 'grid',
        trials: 1,
        parameters: {
          hiddenSize: { type: 'int', low: 1, high: 8192 },
          batchSize: { type: 'int', low: 1, high: 4096 },
          dropout: { type: 'choice', values: [0.1, 0.2], when: { hiddenSize: 512, batchSize: 32 } },
        },
      }),
    ],
    ['10,000 random trials', spec({ sampler: 'random', trials: 10_000, parameters: allRanges })],
    ['10,000 Sobol trials', spec({ sampler: 'sobol', trials: 10_000, parameters: allRanges })],
    ['10,000 trials of TPE', spec({ sampler: 'tpe', trials: 10_000, parameters: allRanges })],
    ['1,000 values and conditions', spec({ parameters: conditions(1_000) })],
    ['40,000 values and conditions', spec({ parameters: conditions(40_000) })],
    [
      'a thousand trials by hand',
      spec({
        trials: 0,
        trialsByHand: many(1_000, (seed) => ({ hyperparameters: defaultHyperparameters, seed })),
      }),
    ],
    [
      'forty thousand empty trials by hand',
      spec({ trialsByHand: many(40_000, () => ({ hyperparameters: {} })) }),
    ],
    ['twenty warm starts', spec({ sampler: 'tpe', warmStart: many(20, (n) => `none-${100_000 + n}`) })],
  ];
}

const texts: readonly (readonly [string, string])[] = [
  ['brackets', filled('[')],
  ['closing brackets', filled(']')],
  ['braces', filled('{"a":')],
  ['lists in lists', filled('- ')],
  ['question marks', filled('? ')],
  ['20,000 keys', keys(20_000)],
  ['88,000 keys', keys(88_000)],
  ['one key', filled('a: 1\n')],
  ['numbers', filled('1,', '[', '1]')],
  ['empty objects', filled('{},', '[', '{}]')],
  ['aliases', filled('*a, ', 'a: &a [1]\nb: [', '1]')],
  ['aliases of aliases', many(30, (n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]\n`).join('')],
  ['anchors', many(60_000, (n) => `k${n}: &a${n} 1\n`).join('')],
  ['a long string', filled('a', '"', '"')],
  ['an open string', filled('a\n', '"')],
  ['escapes', filled('\\u0000', '"', '"')],
  ['blanks', filled(' ')],
  ['lines', filled('\n')],
  ['tabs', filled('\t')],
  ['comments', filled('#\n')],
  ['tags', filled('!!str ')],
  ['documents', filled('---\n')],
  ['directives', filled('%a b\n')],
  ['colons', filled(': ')],
  ['commas', filled(',', '[', ']')],
  ['quotes', filled('"a" ')],
  ['a block scalar', filled(' a\n\n', '|\n')],
  ['deep maps', many(1_400, (depth) => `${' '.repeat(depth)}a:\n`).join('')],
];

/** All of them. */
export function nastyRequests({ corpus, sweep, untrained }: Targets): StormRequest[] {
  const json = 'application/json' as const;
  const yaml = 'application/yaml' as const;
  const post = (name: string, path: string, type: typeof json | typeof yaml, body: string): StormRequest => ({
    name,
    method: 'POST',
    path,
    type,
    body,
  });
  const ofJson: (readonly [string, string, object])[] = [
    [
      'sentences of the wrong type',
      urlOf(routes.translate, { id: untrained }),
      { sentences: many(400_000, () => 1) },
    ],
    [
      'sentences',
      urlOf(routes.translate, { id: untrained }),
      { sentences: many(250, () => 'a'.repeat(4_000)) },
    ],
    ['a long name', routes.sweeps.path, { name: 'a'.repeat(1_000_000) }],
    ['keys that nobody knows', routes.sweeps.path, Object.fromEntries(many(60_000, (n) => [`k${n}`, n]))],
    ['values of a choice', urlOf(routes.extend, { id: sweep }), { parameters: conditions(40_000) }],
    [
      'another space',
      urlOf(routes.extend, { id: sweep }),
      { trials: 10_000, parameters: { learningRate: hugeGrid } },
    ],
    [
      'trials by hand',
      urlOf(routes.sweepTrials, { id: sweep }),
      { trials: many(1_000, (seed) => ({ hyperparameters: defaultHyperparameters, seed })) },
    ],
    [
      'wrong trials by hand',
      urlOf(routes.sweepTrials, { id: sweep }),
      { trials: many(40_000, () => ({ hyperparameters: { a: 1 } })) },
    ],
  ];
  return [
    ...sweeps(corpus).flatMap(([name, spec]) => [
      post(`preview of ${name}`, routes.preview.path, json, JSON.stringify(spec)),
      post(`preview of ${name}, as YAML`, routes.preview.path, yaml, JSON.stringify(spec)),
    ]),
    ...texts.flatMap(([name, text]) => [
      post(`preview of ${name}`, routes.preview.path, yaml, text),
      post(`${name} as JSON`, routes.sweeps.path, json, text),
      post(`${name} where no body is taken`, urlOf(routes.resume, { id: sweep }), yaml, text),
      post(`${name} where JSON is taken`, urlOf(routes.translate, { id: untrained }), yaml, text),
    ]),
    ...ofJson.map(([name, path, body]) => post(name, path, json, JSON.stringify(body))),
    ...[
      routes.sweeps.path,
      urlOf(routes.sweep, { id: sweep }),
      urlOf(routes.sweepTrials, { id: sweep }),
      urlOf(routes.log, { id: sweep }),
      routes.demand.path,
    ].map((path): StormRequest => ({ name: path, method: 'GET', path })),
  ];
}
