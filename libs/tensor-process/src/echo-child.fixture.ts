import { ChildLost, InvalidInput } from '@honyaku/contracts';
import { echoProtocol } from './echo-protocol.fixture.ts';
import { serve } from './serve.ts';

serve(echoProtocol, {
  echo: async (value) => value,
  variable: async (name) => process.env[name] ?? '',
  count: async (to, { progress, yieldToEventLoop }) => {
    for (let step = 0; step < to; step += 1) {
      progress(step);
      await yieldToEventLoop();
    }
    return to;
  },
  wait: (_payload, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve('was aborted'));
    }),
  fail: async (message) => {
    throw new InvalidInput(message);
  },
  lose: async (message) => {
    throw new ChildLost(message);
  },
  freeze: async (value, { progress }) => {
    progress(value);
    // No message arrives any more.
    for (;;);
  },
  crash: async () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise<never>(() => undefined);
  },
});
