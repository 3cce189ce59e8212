/** Requests drawn at random: bodies that are sound, nearly so, and not at all. */
import { defaultHyperparameters, samplerKinds, routes, urlOf } from '@honyaku/contracts';
import fc from 'fast-check';
import { type StormRequest, type Targets } from './nasty-requests.ts';

const seed = 1;

/** Always the same ones. */
export function randomRequests({ corpus, sweep, untrained }: Targets, count: number): StormRequest[] {
  const values = fc.oneof(fc.double(), fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
  const range = fc.oneof(
    values,
    fc.record({
      type: fc.constantFrom('float', 'int', 'choice', 'other'),
      low: fc.double({ min: 0, max: 1 }),
      high: fc.double({ min: 0, max: 2 }),
      values: fc.array(values, { maxLength: 2_000 }),
    }),
  );
  const parameters = fc.dictionary(
    fc.oneof(fc.constantFrom(...Object.keys(defaultHyperparameters)), fc.string()),
    range,
    { maxKeys: 20 },
  );
  const spec = fc.record(
    {
      name: fc.constantFrom('storm', 'a name', ''),
      corpus: fc.constant({ digest: corpus }),
      sampler: fc.constantFrom(...samplerKinds),
      trials: fc.integer({ min: -1, max: 10_000 }),
      epochs: fc.integer({ min: 0, max: 20 }),
      parameters,
    },
    { requiredKeys: ['name', 'corpus'] },
  );
  const json = fc.oneof(
    spec,
    fc.object({ maxDepth: 6, maxKeys: 50 }),
    fc.array(values, { maxLength: 20_000 }),
  );
  const text = fc.oneof(
    { weight: 3, arbitrary: json.map((value) => JSON.stringify(value)) },
    fc.string({ unit: 'binary', maxLength: 100_000, size: 'max' }),
  );
  const posts = fc.record({
    method: fc.constant('POST' as const),
    // Previews alone are drawn as sound ones: thousands of real sweeps would be another test.
    path: fc.constantFrom(
      routes.preview.path,
      urlOf(routes.extend, { id: sweep }),
      urlOf(routes.sweepTrials, { id: sweep }),
      urlOf(routes.translate, { id: untrained }),
    ),
    type: fc.constantFrom('application/json' as const, 'application/yaml' as const),
    body: text,
  });
  const reads = fc.record({
    method: fc.constantFrom('GET' as const, 'DELETE' as const, 'PUT' as const),
    path: fc.oneof(
      fc.constantFrom(
        routes.sweeps.path,
        urlOf(routes.sweep, { id: sweep }),
        urlOf(routes.sweepTrials, { id: sweep }),
        urlOf(routes.log, { id: sweep }),
        routes.metrics.path,
      ),
      fc.webPath(),
    ),
  });
  return fc
    .sample(fc.oneof({ weight: 3, arbitrary: posts }, reads), { numRuns: count, seed })
    .map((request) => ({ name: 'drawn', ...request }));
}
