import { describe, expect, it } from 'vitest';
import { parseInput, toJson } from './json.ts';
import { TranslateRequest } from './translation.ts';

const read = (options: object) =>
  parseInput(TranslateRequest, { sentences: ['犬'], ...options }, 'translate');

describe('TranslateRequest', () => {
  it.each([
    [{ topK: 5 }, 'topK: has no effect without sample'],
    [
      { temperature: 0.1, seed: 3 },
      'seed: has no effect without sample; temperature: has no effect without sample',
    ],
    [{ topP: 0.9, beamSize: 4 }, 'topP: has no effect without sample'],
    [{ lengthPenalty: 1 }, 'lengthPenalty: has no effect without beamSize above 1'],
    [{ lengthPenalty: 1, sample: true }, 'lengthPenalty: has no effect without beamSize above 1'],
    [{ normalize: 0 }, 'normalize: has no effect without beamSize above 1'],
    [{ patience: 1 }, 'patience: has no effect without beamSize above 1'],
    [{ beamSize: 2, lengthPenalty: 1, normalize: 1 }, 'normalize: cannot be combined with lengthPenalty'],
    [{ sample: true, beamSize: 2 }, 'sample: cannot be combined with a beamSize above 1'],
  ])('refuses %j by name', (options, message) => {
    expect(() => read(options)).toThrow(`translate: ${message}`);
  });

  it.each([
    { sample: true, topK: 5, seed: 3, temperature: 0.1 },
    { beamSize: 4, lengthPenalty: 1 },
    { beamSize: 4, normalize: 1, patience: 1 },
    {},
  ])('takes %j, also with every default, as clients send it', (options) => {
    const request = read(options);
    expect(TranslateRequest.parse(JSON.parse(toJson(TranslateRequest, request)))).toEqual(request);
    expect(request).toMatchObject(options);
  });

  it('has no option without its default that an API of an earlier version would refuse', () => {
    for (const name of ['normalize', 'patience', 'maxTokens']) expect(read({})).not.toHaveProperty(name);
  });
});
