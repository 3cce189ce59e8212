/** Entry point of the control API: settings come from the environment, logs go to standard output as JSON lines. */
import { format } from 'node:util';
import { ApiEnvironment, HonyakuError, messageOf, readEnvironment, codeOf } from '@honyaku/contracts';
import { openLog } from '@honyaku/telemetry';
import { startApi } from './application.ts';

/** A shutdown that takes longer is cut short; reconciliation repairs what it interrupts at the next start. */
const stopMilliseconds = 15_000;

try {
  const environment = readEnvironment(ApiEnvironment, process.env);
  const logger = openLog(environment.HONYAKU_LOG_LEVEL, { service: 'api' });
  // BullMQ writes its warnings to the console.
  Object.assign(console, { warn: (...words: unknown[]) => logger.warn(format(...words)) });
  // Replaced once the API has started; until then there is nothing to close.
  let close = async (): Promise<void> => undefined;
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), stopMilliseconds).unref();
    void close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  ({ close } = await startApi(environment, logger));
} catch (error) {
  process.stderr.write(`honyaku API: ${reasonFor(error)}\n`);
  process.exit(1);
}

function reasonFor(error: unknown): string {
  const code = codeOf(error);
  const { HONYAKU_API_PORT: port = '7400', HONYAKU_HOST: host = '127.0.0.1' } = process.env;
  if (code === 'EADDRINUSE') return `port ${port} is in use; choose another with HONYAKU_API_PORT`;
  if (code === 'EACCES')
    return `this user may not listen on port ${port}; choose another with HONYAKU_API_PORT`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `HONYAKU_HOST ${host} is not an address of this machine (${code})`;
  }
  return error instanceof HonyakuError || !(error instanceof Error)
    ? messageOf(error)
    : (error.stack ?? error.message);
}
