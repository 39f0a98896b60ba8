/** What an event tells the outside, in the words of webhooks. */
export interface EventMessage {
  /** E.g. `device.statusChanged`. */
  readonly type: string;
  /** Members and values in the platform's camelCase; ids as text, times in RFC 3339. Asked for only if somebody wants it. */
  readonly payload: Record<string, unknown>;
}

/** The messages of an event by its type: none for one that is told to nobody, several for one that tells of several things. */
export type MessagesOfEvents = Readonly<Record<string, (payload: Record<string, unknown>) => EventMessage[]>>;
