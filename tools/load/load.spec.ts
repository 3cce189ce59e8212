import { describe, expect, it } from 'vitest';
import { heaviestFunctions } from './load.ts';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber });

describe('the heaviest functions of a profile', () => {
  it('are named with their share of the time that was not idle, wherever they were called from', () => {
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('parse', 'file:///home/me/honyaku/apps/api/src/parse.ts', 9) },
        { id: 3, callFrame: frame('', 'file:///home/me/honyaku/node_modules/zod/core.js', 4) },
        { id: 4, callFrame: frame('parse', 'file:///home/me/honyaku/apps/api/src/parse.ts', 9) },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [900, 40, 20, 20],
    };
    expect(heaviestFunctions(profile, 2)).toEqual([
      { name: 'parse apps/api/src/parse.ts:10', share: 0.75 },
      { name: '(anonymous) zod/core.js:5', share: 0.25 },
    ]);
  });
});
