/** What the providers of every noun are made with, and how one of them is written down. */
import { type ApiEnvironment, type RedisNames } from '@honyaku/contracts';
import { type FactoryProvider, type Type } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Webhook } from 'standardwebhooks';

export interface Context {
  readonly environment: ApiEnvironment;
  readonly names: RedisNames;
  readonly logger: Logger;
  readonly version: string;
  /** How long Redis and the bucket may take to answer at the start. */
  readonly waitMilliseconds: number;
  /** None when no sweep may name a webhook. */
  readonly signer: Webhook | undefined;
}

type Instances<Services extends readonly Type<unknown>[]> = {
  [Index in keyof Services]: Services[Index] extends Type<infer Instance> ? Instance : never;
};

/** tsx emits no parameter types, so that each dependency is named here once; what `create` gets has their types. */
export function provide<Service, const Services extends readonly Type<unknown>[]>(
  service: Type<Service>,
  inject: Services,
  create: (...instances: Instances<Services>) => Service,
): FactoryProvider<Service> {
  return { provide: service, inject: [...inject], useFactory: create };
}
