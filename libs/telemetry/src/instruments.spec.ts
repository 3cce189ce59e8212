import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { counter, gauge, histogram } from './declaration.ts';
import { askedGaugeIn, counterIn, histogramIn } from './instruments.ts';

describe('instruments', () => {
  it('export what was declared', async () => {
    const registry = new Registry();
    counterIn(registry, counter('honyaku_things_total', 'Things', ['kind'])).inc({ kind: 'good' }, 2);
    histogramIn(registry, histogram('honyaku_wait_seconds', 'Waiting', [1, 2])).observe(1.5);
    const text = await registry.metrics();
    expect(text).toContain('# HELP honyaku_things_total Things\n# TYPE honyaku_things_total counter');
    expect(text).toContain('honyaku_things_total{kind="good"} 2');
    expect(text).toContain('honyaku_wait_seconds_bucket{le="1"} 0\nhonyaku_wait_seconds_bucket{le="2"} 1');
  });

  it('ask for the value of a gauge at each scrape', async () => {
    const registry = new Registry();
    let value = 1;
    askedGaugeIn(registry, gauge('honyaku_value', 'A value'), () => value);
    expect(await registry.metrics()).toContain('honyaku_value 1');
    value = 2;
    expect(await registry.metrics()).toContain('honyaku_value 2');
  });
});
