import { describe, expect, it } from 'vitest';
import { storedSpec, submittedSettings } from './stored-spec.ts';
import { SweepSpec } from './sweep-spec.ts';

const submitted = SweepSpec.parse({ name: 'few', corpus: { digest: 'a'.repeat(64) } });

describe('a sweep', () => {
  it('is stored with the present defaults where it names nothing', () => {
    const { dataset, runtime, decoding } = storedSpec(submitted);
    expect(dataset).toMatchObject({ split: 'grouped', characterCoverage: 'by-language' });
    expect(runtime).toMatchObject({ kernels: 'native' });
    expect(decoding).toMatchObject({ beamSize: 4 });
  });

  it('that an earlier version stored is the same when it is submitted and stored again', () => {
    expect(storedSpec({ ...submitted, ...submittedSettings(submitted) })).toEqual(submitted);
  });

  it('that this version stored is the same when it is submitted and stored again', () => {
    const stored = storedSpec(submitted);
    expect(storedSpec({ ...stored, ...submittedSettings(stored) })).toEqual(stored);
  });
});
