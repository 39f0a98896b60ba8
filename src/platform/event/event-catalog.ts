import type { NewEvent } from './outbox';

/** What an event tells the outside: webhooks deliver it. */
export interface EventMessage {
  /** E.g. `device.statusChanged`. */
  readonly type: string;
  /** Members and values in the platform's camelCase; ids as text, times in RFC 3339. Read only if somebody wants it. */
  readonly payload: Record<string, unknown>;
}

/** All messages of one type. */
export interface MessageDefinition {
  readonly type: string;
  /** What happened, as a sentence without its full stop. */
  readonly description: string;
  /** The payload of a test delivery: of things that do not exist. */
  readonly sample: Record<string, unknown>;
}

/** All events of one type, and the messages that they become. */
export interface EventDefinition {
  readonly type: string;
  readonly messages: readonly MessageDefinition[];
  /** @param payload of an event of this type */
  readonly toMessages: (payload: Record<string, unknown>) => readonly EventMessage[];
}

/** A payload as the outbox returns it: JSON has made its times texts. */
export type Stored<Payload> = {
  [Member in keyof Payload]: Payload[Member] extends Date
    ? string
    : Payload[Member] extends Date | null
      ? string | null
      : Payload[Member];
};

interface DefineEventOptions<Payload> {
  type: string;
  /** What happened, as a sentence without its full stop. */
  description: string;
  /** The payload of the event's message; the event's own when left out. */
  message?: (payload: Stored<Payload>) => Record<string, unknown>;
  /**
   * An event that an earlier release has written, as one of this release: such events wait for webhooks, and subscribers go back to
   * them, for as long as events are kept.
   */
  upgrade?: (payload: Record<string, unknown>) => Record<string, unknown>;
  /** The payload of an event about things that do not exist. */
  sample: Stored<Payload>;
}

/** An event that becomes one message of the same type. */
export function defineEvent<Payload extends object>(options: DefineEventOptions<Payload>) {
  const { type, description, sample, upgrade = (payload) => payload } = options;
  const read = (payload: Record<string, unknown>) => upgrade(payload) as Stored<Payload>;
  const toPayload = (options.message ?? ((payload) => payload)) as (payload: object) => Record<string, unknown>;
  return {
    type,
    messages: [{ type, description, sample: toPayload(sample) }],
    toMessages: (payload: Record<string, unknown>): EventMessage[] => [{ type, payload: toPayload(read(payload)) }],
    /** A new event. @param id see {@link NewEvent} */
    create: (customerId: string, payload: Payload, id?: string): NewEvent => ({
      id,
      customerId,
      type,
      payload: { ...payload } as Record<string, unknown>,
    }),
    /** The payload of an event of this type. */
    read,
  } satisfies EventDefinition & Record<string, unknown>;
}

/** The events of all features. */
export class EventCatalog {
  readonly messages: readonly MessageDefinition[];
  private readonly events: ReadonlyMap<string, EventDefinition>;
  private readonly messageTypes: ReadonlySet<string>;

  /** @throws Error when two events, or two messages, have the same type */
  constructor(events: readonly EventDefinition[]) {
    this.messages = events.flatMap(({ messages }) => messages);
    this.messageTypes = new Set(distinctTypes(this.messages));
    distinctTypes(events);
    this.events = new Map(events.map((event) => [event.type, event]));
  }

  /** Whether events of this type become messages; those of a later version of the gateway do not. */
  has(type: string): boolean {
    return this.events.has(type);
  }

  /**
   * The messages of an event, in order.
   *
   * @throws Error for a type of message that the event does not declare: nobody could ask for it
   */
  messagesOf({ type, payload }: Pick<NewEvent, 'type' | 'payload'>): readonly EventMessage[] {
    const messages = this.events.get(type)?.toMessages(payload) ?? [];
    const unknown = messages.find((message) => !this.messageTypes.has(message.type));
    if (unknown) throw new Error(`The event ${type} becomes the message ${unknown.type}, which it does not declare.`);
    return messages;
  }
}

function distinctTypes(definitions: readonly { type: string }[]): string[] {
  const types = definitions.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) throw new Error(`${twice} is defined twice.`);
  return types;
}
