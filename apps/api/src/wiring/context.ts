/** The context that all providers share, and a typed way to declare a provider. */
import { type ApiEnvironment, type RedisNames } from '@honyaku/contracts';
import { type FactoryProvider, type Type } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Webhook } from 'standardwebhooks';

export interface Context {
  readonly environment: ApiEnvironment;
  readonly names: RedisNames;
  readonly logger: Logger;
  readonly version: string;
  /** How long Redis and the bucket may take to answer at start-up. */
  readonly waitMilliseconds: number;
  /** Undefined when the API has no webhook secret; sweeps may then name no webhook. */
  readonly signer: Webhook | undefined;
}

type Instances<Services extends readonly Type<unknown>[]> = {
  [Index in keyof Services]: Services[Index] extends Type<infer Instance> ? Instance : never;
};

/** tsx emits no parameter types for Nest to inject by, so dependencies are listed; `create` gets them with their types. */
export function provide<Service, const Services extends readonly Type<unknown>[]>(
  service: Type<Service>,
  inject: Services,
  create: (...instances: Instances<Services>) => Service,
): FactoryProvider<Service> {
  return { provide: service, inject: [...inject], useFactory: create };
}
