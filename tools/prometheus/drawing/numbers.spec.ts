import { expect, it } from 'vitest';
import { type PanelAnswer, Panel } from './panel.ts';
import { tableRows } from './numbers.ts';

const panel = Panel.parse({
  type: 'table',
  title: 'Workers',
  gridPos: { x: 0, y: 0, w: 24, h: 8 },
  targets: [],
  transformations: [
    {
      id: 'organize',
      options: {
        indexByName: { worker: 0, trial: 1, 'Value #B': 2 },
        renameByName: { worker: 'Worker', trial: 'Trial', 'Value #B': 'Tokens' },
      },
    },
  ],
  options: { sortBy: [{ displayName: 'Tokens', desc: true }] },
  fieldConfig: { defaults: { unit: 'none' }, overrides: [] },
});

function answer(refId: string, values: readonly [Record<string, string>, number][]): PanelAnswer {
  return {
    target: { refId, expr: '', legendFormat: '', instant: true },
    series: values.map(([labels, value]) => ({ name: '', labels, points: [[0, value]] })),
  };
}

it('joins the answers of queries by the labels that all of them have, and sorts them', () => {
  const answers = [
    answer('A', [[{ worker: 'a', trial: '0001' }, 1]]),
    answer('B', [
      [{ worker: 'a' }, 10],
      [{ worker: 'idle' }, 20],
    ]),
  ];
  expect(tableRows(panel, answers)).toEqual({
    columns: ['Worker', 'Trial', 'Tokens'],
    rows: [
      ['idle', undefined, 20],
      ['a', '0001', 10],
    ],
  });
});
