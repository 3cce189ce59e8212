/** The control API as a process: settings from the environment, JSON lines on standard output. */
import { ApiEnvironment, HonyakuError, messageOf, readEnvironment } from '@honyaku/contracts';
import { pino } from 'pino';
import { startApi } from './application.ts';

const stopMilliseconds = 15_000;

try {
  const environment = readEnvironment(ApiEnvironment, process.env);
  const logger = pino({ level: environment.HONYAKU_LOG_LEVEL, base: { service: 'api' } });
  const api = await startApi(environment, logger);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), stopMilliseconds).unref();
    void api.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (error) {
  process.stderr.write(`honyaku API: ${reasonFor(error)}\n`);
  process.exit(1);
}

function reasonFor(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `port ${process.env['HONYAKU_API_PORT'] ?? 7400} is in use; choose another with HONYAKU_API_PORT`;
  }
  return error instanceof HonyakuError || !(error instanceof Error)
    ? messageOf(error)
    : (error.stack ?? error.message);
}
