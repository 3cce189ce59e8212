import { describe, expect, it } from 'vitest';
import { panelsOf } from '../prometheus/expressions.ts';
import { dashboards } from './dashboards.ts';

const all = Object.entries(dashboards()).map(([name, dashboard]) => ({ name, dashboard }));

describe('dashboards', () => {
  it.each(all)('$name has an address that never changes', ({ name, dashboard }) => {
    expect(dashboard.uid).toBe(`honyaku-${name}`);
  });

  it.each(all)('$name says of every panel what it shows and in what unit', ({ dashboard }) => {
    for (const panel of panelsOf(dashboard)) {
      expect(panel.title).toMatch(/./);
      expect(panel.description, panel.title).toMatch(/\.$/);
      expect(panel.fieldConfig?.defaults.unit, panel.title).toBeTruthy();
      expect(panel.targets, panel.title).not.toHaveLength(0);
    }
  });

  it.each(all)('$name fills lines of 24 columns without gaps or overlaps', ({ dashboard }) => {
    const widths = new Map<number, number>();
    for (const { gridPos } of dashboard.panels ?? [])
      if (gridPos) {
        expect(gridPos.x).toBe(widths.get(gridPos.y) ?? 0);
        widths.set(gridPos.y, (widths.get(gridPos.y) ?? 0) + gridPos.w);
      }
    expect([...new Set(widths.values())]).toEqual([24]);
  });

  it('let the viewer choose the data source, and the sweep where there is one', () => {
    const variables = all.map(({ dashboard }) => dashboard.templating.list?.map(({ name }) => name));
    expect(variables).toEqual([
      ['datasource', 'api', 'sweep'],
      ['datasource', 'api'],
      ['datasource', 'api'],
    ]);
  });
});
