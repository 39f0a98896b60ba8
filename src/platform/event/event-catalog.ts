import { createHash } from 'node:crypto';
import type { NewEvent } from './outbox';

/**
 * An event that this version of the gateway cannot read: another version wrote it, or it is damaged. It is never the fault of the
 * reader, so subscriptions skip it, and the planning of webhooks sets it aside.
 */
export class UnreadableEventError extends Error {
  /** @param reason without contents of the event */
  constructor(type: string, reason: string) {
    super(`This version of the gateway cannot read the event of type ${type}: ${reason}.`);
    this.name = 'UnreadableEventError';
  }
}

/** @throws UnreadableEventError for any failure of `decode` */
export function decoding<Result>(type: string, decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (error instanceof UnreadableEventError) throw error;
    throw new UnreadableEventError(type, error instanceof Error ? error.name : 'it is malformed');
  }
}

/** Undefined for what cannot be read. */
export function readable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableEventError) return undefined;
    throw error;
  }
}

/** Members that every event of a release has, if its sample has them. Other members may have been added since. */
const IDS: readonly string[] = ['customerId', 'id', 'deviceId'];

/**
 * A member that exists must be null, or have the type that it has in the sample.
 *
 * @param isRequired whether a member that is not null in the sample must exist
 * @throws UnreadableEventError
 */
function assertLike(type: string, sample: object, payload: object, isRequired: (member: string) => boolean): void {
  for (const [member, expected] of Object.entries(sample) as [string, unknown][]) {
    const value = (payload as Record<string, unknown>)[member];
    if (expected === null || value === null || (value === undefined && !isRequired(member))) continue;
    if (typeof value !== typeof expected || Array.isArray(value) !== Array.isArray(expected))
      throw new UnreadableEventError(type, `${member} is missing or has another type`);
  }
}

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
  const read = (payload: Record<string, unknown>) =>
    decoding(type, () => {
      const upgraded = upgrade(payload);
      assertLike(type, sample, upgraded, (member) => IDS.includes(member));
      return upgraded as Stored<Payload>;
    });
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
    /** The payload of an event of this type. @throws UnreadableEventError */
    read,
  } satisfies EventDefinition & Record<string, unknown>;
}

/** The events of all features. */
export class EventCatalog {
  readonly messages: readonly MessageDefinition[];
  /** The same for instances that can read the same types and members. */
  readonly version: string;
  private readonly events: ReadonlyMap<string, EventDefinition>;
  private readonly samples: ReadonlyMap<string, object>;

  /** @throws Error when two events, or two messages, have the same type */
  constructor(events: readonly EventDefinition[]) {
    this.messages = events.flatMap(({ messages }) => messages);
    assertDistinct(this.messages);
    assertDistinct(events);
    this.events = new Map(events.map((event) => [event.type, event]));
    this.samples = new Map(this.messages.map(({ type, sample }) => [type, sample]));
    const shapes = [...this.types, ...this.messages.map(({ type, sample }) => [type, Object.keys(sample)])];
    this.version = createHash('sha256').update(JSON.stringify(shapes)).digest('hex').slice(0, 16);
  }

  /** The known types of events, each with the types of its messages. */
  get types(): readonly { readonly type: string; readonly messageTypes: readonly string[] }[] {
    return [...this.events.values()].map(({ type, messages }) => ({
      type,
      messageTypes: messages.map((message) => message.type),
    }));
  }

  /**
   * The messages of an event, in order. Their payloads are decoded when they are read, and may throw the same errors.
   *
   * @throws UnreadableEventError
   * @throws Error when the event does not declare the type of a message, because no webhook could select it
   */
  messagesOf({ type, payload }: Pick<NewEvent, 'type' | 'payload'>): readonly EventMessage[] {
    const definition = this.events.get(type);
    if (!definition) throw new UnreadableEventError(type, 'the type is unknown');
    return decoding(type, () => definition.toMessages(payload)).map((message) => {
      const sample = this.samples.get(message.type);
      if (!sample) throw new Error(`The event ${type} becomes the message ${message.type}, which it does not declare.`);
      return {
        type: message.type,
        get payload() {
          return decoding(type, () => {
            const decoded = message.payload;
            assertLike(type, sample, decoded, () => true);
            return decoded;
          });
        },
      };
    });
  }
}

function assertDistinct(definitions: readonly { type: string }[]): void {
  const types = definitions.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) throw new Error(`${twice} is defined twice.`);
}
