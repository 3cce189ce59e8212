import { setImmediate as turn } from 'node:timers/promises';
import { Bug, Cancelled, ChildLost, kindOf, messageOf } from '@honyaku/contracts';
import { z } from 'zod';
import { type Protocol, ToChild, type ToParent } from './protocol.ts';

/** What a handler may call while it computes. */
export interface HandlerContext<Progress> {
  readonly progress: (progress: Progress) => void;
  /**
   * Lets messages in: to be called once a step, since computing is synchronous and no message arrives meanwhile.
   * @throws Cancelled when the parent wants the request stopped
   */
  readonly yieldToEventLoop: () => Promise<void>;
  /** Aborted when the parent wants the request stopped, for work that waits rather than computes. */
  readonly signal: AbortSignal;
}

/** One handler for each kind of request. */
export type Handlers<P extends Protocol> = {
  readonly [Name in keyof P]: (
    payload: z.output<P[Name]['payload']>,
    context: HandlerContext<z.output<P[Name]['progress']>>,
  ) => Promise<z.output<P[Name]['result']>>;
};

/**
 * The child's side: answers requests until its parent is gone. Signals that the terminal or the system send to
 * the whole group are the parent's business.
 */
export function serve<P extends Protocol>(protocol: P, handlers: Handlers<P>): void {
  const underWay = new Map<number, AbortController>();
  // When the parent is gone, the disconnect ends this process; an undelivered message is no error then.
  const send = (message: ToParent) => process.send?.(message, undefined, undefined, () => undefined);
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('message', (raw) => {
    const { data: message, error } = ToChild.safeParse(raw);
    // An error thrown out of this listener would end the process, and with it the running request.
    if (!message) process.stderr.write(`a message was ignored: ${error.message}\n`);
    else if (message.type === 'cancel') underWay.get(message.id)?.abort();
    else void answer(message);
  });

  async function answer({ id, name, payload }: Extract<ToChild, { type: 'request' }>): Promise<void> {
    const controller = new AbortController();
    underWay.set(id, controller);
    try {
      const call = protocol[name];
      const handler = handlers[name];
      if (!call || !handler) throw new Bug(`no handler for ${name}`);
      const result = await handler(z.parse<P[string]['payload']>(call.payload, payload), {
        progress: (progress) => send({ type: 'progress', id, progress: z.encode(call.progress, progress) }),
        yieldToEventLoop: async () => {
          // One turn is not enough for a waiting message to arrive.
          await turn();
          await turn();
          if (controller.signal.aborted) throw new Cancelled(`${name} was stopped`);
        },
        signal: controller.signal,
      });
      send({ type: 'result', id, result: z.encode(call.result, result) });
    } catch (error) {
      const bug = kindOf(error) === 'Bug' && error instanceof Error ? error.stack : undefined;
      const kind = error instanceof ChildLost ? 'ChildLost' : kindOf(error);
      send({ type: 'error', id, kind, message: bug ?? messageOf(error) });
    } finally {
      underWay.delete(id);
    }
  }
}
