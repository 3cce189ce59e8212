/** What BullMQ and Redis can do on this machine: a flow of three jobs that do nothing. */
import { FlowProducer, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { quantile } from './figures.ts';

const queues = ['empty-first', 'empty-second', 'empty-third'] as const;
const prefix = 'empty';
const flows = 300;
const warmUp = 100;

/** Median milliseconds from adding a flow of three jobs, each waiting for the one before, to the end of the last. */
export async function emptyFlowTime(redisUrl: string): Promise<number> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const producer = new FlowProducer({ connection, prefix });
  const [first, second, third] = queues;
  const workers = queues.map((queue) => new Worker(queue, async () => undefined, { connection, prefix }));
  const last = workers[2];
  try {
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    const times: number[] = [];
    for (let flow = 0; flow < warmUp + flows; flow += 1) {
      const ended = new Promise((resolve) => last?.once('completed', resolve));
      const started = performance.now();
      await producer.add({
        name: 'last',
        queueName: third,
        children: [{ name: 'next', queueName: second, children: [{ name: 'first', queueName: first }] }],
      });
      await ended;
      times.push(performance.now() - started);
    }
    return quantile(times.slice(warmUp), 0.5);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
    await producer.close();
    connection.disconnect();
  }
}
