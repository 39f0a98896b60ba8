import type { NewEvent } from './outbox';

/** The public form of an event, delivered by webhooks. */
export interface EventMessage {
  /** E.g. `device.statusChanged`. */
  readonly type: string;
  /** Members and values in camelCase, ids as strings, times in RFC 3339. May be a lazy getter. */
  readonly payload: Record<string, unknown>;
}

/** A type of message. */
export interface MessageDefinition {
  readonly type: string;
  /** What happened, as a sentence without a period. */
  readonly description: string;
  /** Payload of a test delivery, with invented objects. */
  readonly sample: Record<string, unknown>;
}

/** A type of event, and the messages that it becomes. */
export interface EventDefinition {
  readonly type: string;
  readonly messages: readonly MessageDefinition[];
  /** @param payload of an event of this type */
  readonly toMessages: (payload: Record<string, unknown>) => readonly EventMessage[];
}

/** A payload read from the outbox: JSON has turned its times into strings. */
export type Stored<Payload> = {
  [Member in keyof Payload]: Payload[Member] extends Date
    ? string
    : Payload[Member] extends Date | null
      ? string | null
      : Payload[Member];
};

interface DefineEventOptions<Payload> {
  type: string;
  /** What happened, as a sentence without a period. */
  description: string;
  /** Payload of the message. Default: the payload of the event. */
  message?: (payload: Stored<Payload>) => Record<string, unknown>;
  /**
   * Converts a payload that an earlier release wrote to the current form. Such events are delivered to webhooks, and subscribers
   * can resume from them, for as long as events are kept.
   */
  upgrade?: (payload: Record<string, unknown>) => Record<string, unknown>;
  /** Payload of a sample event, with invented objects. */
  sample: Stored<Payload>;
}

/** Defines an event that becomes one message of the same type. */
export function defineEvent<Payload extends object>(options: DefineEventOptions<Payload>) {
  const { type, description, sample, upgrade = (payload) => payload } = options;
  const read = (payload: Record<string, unknown>) => upgrade(payload) as Stored<Payload>;
  const toPayload = (options.message ?? ((payload) => payload)) as (payload: object) => Record<string, unknown>;
  return {
    type,
    messages: [{ type, description, sample: toPayload(sample) }],
    toMessages: (payload: Record<string, unknown>): EventMessage[] => [{ type, payload: toPayload(read(payload)) }],
    /** Creates an event. @param id see {@link NewEvent} */
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

  /** Whether the type is known. Events written by a later version of the gateway are not. */
  has(type: string): boolean {
    return this.events.has(type);
  }

  /**
   * The messages of an event, in order.
   *
   * @throws Error when the event does not declare the type of a message, because no webhook could select it
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
