/** A parent to be killed: writes its child's process id once that is at a request without end. */
import { echoProtocol } from './echo-protocol.fixture.ts';
import { TensorProcess } from './tensor-process.ts';

const child = new TensorProcess(echoProtocol, new URL('./echo-child.fixture.ts', import.meta.url));
let printed = false;
await child.request('count', Number.MAX_SAFE_INTEGER, {
  onProgress: () => {
    if (!printed) process.stdout.write(`${child.pid}\n`);
    printed = true;
  },
});
