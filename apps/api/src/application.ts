/** Assembles the control API and starts its HTTP server. */
import { readFileSync } from 'node:fs';
import 'reflect-metadata';
import { type ApiEnvironment, messageOf } from '@honyaku/contracts';
import { startTracing } from '@honyaku/telemetry';
import { type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger } from 'pino';
import { z } from 'zod';
import { AppModule } from './app.module.ts';
import { serveOpenApi } from './docs/open-api.ts';
import { checkRequests, refuseOtherMethods } from './http/accepted-requests.ts';
import { requireLoopback, requireToken, requireTokenUnlessLoopback } from './http/bearer-token.ts';
import { addBodyParsers } from './http/body-parsers.ts';
import { ErrorFilter } from './http/error-filter.ts';
import { httpServer } from './http/server.ts';
import { Metrics } from './metrics/metrics.ts';

const packageFile = new URL('../package.json', import.meta.url);

export interface RunningApi {
  readonly url: string;
  /** Ends event streams, waits for active control jobs, closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts the background services and listens for requests.
 * @param waitMilliseconds how long Redis and the bucket may take to answer
 * @throws InvalidInput when it would listen beyond loopback without a token; Unavailable when Redis or the bucket does
 *   not answer in time; the system's error (such as EADDRINUSE) when it cannot listen on the address
 */
export async function startApi(
  environment: ApiEnvironment,
  logger: Logger,
  { waitMilliseconds = 30_000 } = {},
): Promise<RunningApi> {
  requireTokenUnlessLoopback(environment);
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, 'utf8')));
  const endTracing = startTracing('honyaku-api', version, environment.OTEL_EXPORTER_OTLP_ENDPOINT);
  const adapter = httpServer();
  const fastify = adapter.getInstance();
  const token = environment.HONYAKU_API_TOKEN;
  if (token === undefined) requireLoopback(fastify);
  else requireToken(fastify, token);
  checkRequests(fastify);
  const refuseMethods = refuseOtherMethods(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with({ environment, logger, version, waitMilliseconds }),
    adapter,
    { bodyParser: false, logger: nestLogger(logger), abortOnError: false },
  );
  try {
    addBodyParsers(fastify);
    app.useGlobalFilters(new ErrorFilter(logger));
    app.get(Metrics).observeRequests(fastify);
    serveOpenApi(fastify, version);
    await app.init();
    refuseMethods();
    await app.listen(environment.HONYAKU_API_PORT, environment.HONYAKU_HOST);
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  logger.info({ url, version }, 'honyaku API is listening');
  return {
    url,
    close: async () => {
      await app.close();
      await endTracing().catch((error: unknown) =>
        logger.warn({ reason: messageOf(error) }, 'spans were lost'),
      );
    },
  };
}

/** Nest logs each step of its start-up, which is of interest only when debugging. */
function nestLogger(logger: Logger): LoggerService {
  return {
    log: (message: unknown) => logger.debug(String(message)),
    debug: (message: unknown) => logger.debug(String(message)),
    warn: (message: unknown) => logger.warn(String(message)),
    error: (message: unknown) => logger.error(String(message)),
  };
}
