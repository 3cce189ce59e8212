import { createServer, type Server } from 'node:http';
import { Bug } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboards } from '../grafana/dashboards.ts';
import { drawDashboards } from './draw.ts';
import { panelsOf } from './expressions.ts';

const labels = {
  sweep: 'first-000000',
  trial: 'first-000000-0001',
  epoch: '1',
  state: 'running',
  instance: 'a',
};
let server: Server;
let url: string;

/** Stands for a Prometheus that answers everything with one series, whose last value is 7. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const [start, end] = [searchParams.get('start'), searchParams.get('end') ?? searchParams.get('time')].map(
      Number,
    );
    const data = pathname.endsWith('query_range')
      ? {
          resultType: 'matrix',
          result: [
            {
              metric: labels,
              values: [
                [start, '+Inf'],
                [end, '7'],
              ],
            },
          ],
        }
      : { resultType: 'vector', result: [{ metric: labels, value: [end, '7'] }] };
    response.end(JSON.stringify({ status: 'success', data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Bug('no port');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => server.close());

describe('drawDashboards', () => {
  it('draws every panel of every dashboard with its title and its values', async () => {
    const range = { start: 1_700_000_000, end: 1_700_000_600, step: 600 };
    const pictures = await drawDashboards({ url, range, sweep: 'first-000000', rateInterval: '1m' });
    for (const [name, dashboard] of Object.entries(dashboards())) {
      const picture = pictures[name] ?? '';
      expect(picture.startsWith('<svg ')).toBe(true);
      for (const { title } of panelsOf(dashboard)) expect(picture).toContain(`>${title}</text>`);
      expect(picture).not.toMatch(/NaN|undefined/);
    }
    expect(pictures['sweep']).toContain('>running</text>');
    expect(pictures['sweep']).toContain('>7.000</text>');
  });
});
