/**
 * Reads at a steady rate by autocannon. It sends what a second is allowed to have at the second's beginning, so
 * groups of connections that ask once a second are started one after the other: a slow answer then keeps no other
 * request from being sent, and latencies need no correction.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Bug, Unavailable, messageOf } from '@honyaku/contracts';
import autocannon from 'autocannon';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantile } from '../simulate/figures.ts';
import { type RequestResult, RequestSettings } from './load-process.ts';

const connectionsInAGroup = 10;
const seed = 1;
const timeoutSeconds = 10;
/** Code is compiled and connections are opened in this time, here and in the API; its answers are counted apart. */
const warmUpSeconds = 5;

const { url, rate, seconds, reads } = RequestSettings.parse(JSON.parse(process.env['HONYAKU_LOAD'] ?? ''));
const generator = xoroshiro128plus(seed);
const times = new Map<string, number[]>(reads.map(({ name }) => [name, []]));
const warmUpTimes: number[] = [];
const duration = warmUpSeconds + seconds;
/** The read whose answer is being looked at: autocannon names it just before its time. */
let answered = '';

/** After the warm-up, until the first group ends. */
const steady = {
  from: performance.now() + 1_000 * warmUpSeconds,
  to: performance.now() + 1_000 * duration,
  answers: 0,
};

function drawn<Value>(values: readonly Value[], weight: (value: Value) => number = () => 1): Value {
  let left = uniformFloat64(generator) * values.reduce((sum, value) => sum + weight(value), 0);
  const value = values.find((each) => (left -= weight(each)) < 0) ?? values.at(-1);
  if (value === undefined) throw new Bug('there is nothing to draw from');
  return value;
}

function request(): autocannon.Request {
  const { name, paths } = drawn(reads, ({ weight }) => weight);
  return { path: drawn(paths), onResponse: () => void (answered = name) };
}

function group(): Promise<autocannon.Result> {
  return new Promise((resolve, reject) => {
    const options = {
      url,
      connections: connectionsInAGroup,
      overallRate: connectionsInAGroup,
      duration,
      timeout: timeoutSeconds,
      ignoreCoordinatedOmission: true,
      setupClient: (client: autocannon.Client) =>
        client.setRequests(Array.from({ length: Math.ceil(duration) + 1 }, request)),
    };
    const running = autocannon(options, (error: unknown, result) => {
      if (error) reject(new Unavailable(messageOf(error), { cause: error }));
      else resolve(result);
    });
    running.on('response', (_client, _status, _bytes, took) => {
      const now = performance.now();
      // A request of the warm-up counts there, however late its answer came.
      if (now - took < steady.from) warmUpTimes.push(took);
      else times.get(answered)?.push(took);
      if (now >= steady.from && now < steady.to) steady.answers += 1;
    });
  });
}

const groups = Array.from({ length: Math.round(rate / connectionsInAGroup) }, async (_, index) => {
  await delay((1000 * index * connectionsInAGroup) / rate);
  return group();
});
const outcomes = await Promise.all(groups);

const timesOf = (values: readonly number[]) => ({
  requests: values.length,
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  longest: quantile(values, 1),
});
const result: RequestResult = {
  perSecond: (1_000 * steady.answers) / (steady.to - steady.from),
  warmUp: timesOf(warmUpTimes),
  all: timesOf([...times.values()].flat()),
  reads: Object.fromEntries(
    [...times].filter(([, values]) => values.length > 0).map(([name, values]) => [name, timesOf(values)]),
  ),
  refused: outcomes.reduce((sum, { non2xx }) => sum + non2xx, 0),
  errors: outcomes.reduce((sum, { errors }) => sum + errors, 0),
};
process.send?.(result, () => process.exit(0));
