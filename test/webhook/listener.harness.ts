import { KINDS } from '../../src/features/kind/reading-kind';
import { verified } from '../support/webhook-receiver';
import type { Made } from './webhook-api.harness';
import { WebhookFixture } from './webhook-fixture.harness';

export const EVERY_TYPE = [
  'DEVICE_ASSOCIATION_CREATED',
  'DEVICE_ASSOCIATION_REMOVED',
  'DEVICE_STATUS_CHANGED',
  'ORDER_STATUS',
  'ORDER_STATUS_FULL',
  'ORDER_PARCEL_ADDED',
  ...KINDS.map(({ kind }) => `READING_${kind}`),
];

/** The caller of most tests, as an actor in messages. */
export const NORTHSIDE_KEY = { type: 'apiKey', displayName: 'Northside demo key' };
/** Impilo staff as an actor. */
export const IMPILO = { type: 'staff', displayName: 'Impilo' };

export interface Message {
  id: string;
  type: string;
  payload: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- as the test expects it
}

/** A webhook of Northside that receives all event types. */
export class Listener {
  private constructor(
    readonly webhooks: WebhookFixture,
    private readonly webhook: Made,
  ) {}

  static async start(): Promise<Listener> {
    const webhooks = await WebhookFixture.start();
    return new Listener(webhooks, await webhooks.create('/all', EVERY_TYPE));
  }

  /** Messages that were delivered while `work` ran, verified, in the order of the events. */
  async messagesOf(work: () => Promise<unknown>): Promise<Message[]> {
    const { receiver } = this.webhooks;
    const before = new Set(receiver.received);
    await work();
    await this.webhooks.planned();
    await this.webhooks.done();
    const messages = receiver.received
      .filter((one) => !before.has(one))
      .map((received) => {
        const message = verified(this.webhook.secret, received) as Message;
        expect(Object.keys(message)).toEqual(['id', 'type', 'payload']);
        expect(received).toMatchObject({ id: message.id, headers: { 'content-type': 'application/json' } });
        return message;
      });
    return messages.sort((one, other) => rankOf(one) - rankOf(other));
  }

  /** Ids of the events of a type, oldest first. */
  async eventIds(type: string): Promise<string[]> {
    const rows = await this.webhooks.sql<{ id: string }>('select id from event where type = $1 order by id', [type]);
    return rows.map(({ id }) => id);
  }
}

/** Order of a message with an id `evt_<event>` or `evt_<event>_<index>`. */
function rankOf({ id }: Message): number {
  const [, event, index = '0'] = id.split('_');
  return Number(event) * 1_000 + Number(index);
}
