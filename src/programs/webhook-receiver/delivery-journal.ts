import type { IncomingDelivery } from './delivery-server';
import type { SignatureCheck } from './signature-check';

/** Number of remembered ids. The oldest are dropped first. */
const MAX_IDS = 10_000;

/** Control characters that JSON does not escape, but a terminal would interpret. */
const CONTROLS = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Formats deliveries and counts repeats of a message: deliveries come at least once. */
export class DeliveryJournal {
  private readonly times = new Map<string, number>();
  private deliveries = 0;
  private messages = 0;
  private verified = 0;

  /** @param isPretty whether payloads are indented over several lines; otherwise a delivery takes two lines */
  constructor(private readonly isPretty: boolean) {}

  /** Counts a delivery. @returns the text to print */
  add({ headers, body }: IncomingDelivery, check: SignatureCheck, at: Date): string {
    const id = headers['webhook-id'] ?? 'without webhook-id';
    const message = parse(body);
    const times = this.count(id);
    if (check.isVerified) this.verified += 1;
    const head = [
      at.toISOString(),
      typeOf(message),
      id,
      times === 1 ? 'first delivery' : `delivery ${times}`,
      check.result,
    ];
    const payload =
      message === undefined ? JSON.stringify(body) : JSON.stringify(payloadOf(message), null, this.isPretty ? 2 : 0);
    return printable(`${head.join('  ')}\n${payload.replace(/^/gm, '  ')}\n`);
  }

  /** E.g. `5 deliveries of 4 messages, 5 verified.` */
  summary(): string {
    return `${counted(this.deliveries, 'delivery', 'deliveries')} of ${counted(this.messages, 'message', 'messages')}, ${this.verified} verified.`;
  }

  /** @returns number of deliveries with this id so far */
  private count(id: string): number {
    const times = (this.times.get(id) ?? 0) + 1;
    this.deliveries += 1;
    if (times === 1) this.messages += 1;
    this.times.delete(id); // moves the id to the end, as the newest
    this.times.set(id, times);
    if (this.times.size > MAX_IDS) this.times.delete(this.times.keys().next().value!);
    return times;
  }
}

/** @returns undefined if the body is not JSON */
function parse(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
}

type Parsed = ReturnType<typeof parse>;

function typeOf(message: Parsed): string {
  const type = (message?.value as { type?: unknown } | null | undefined)?.type;
  return typeof type === 'string' ? type : 'no type';
}

/** The payload of a delivery, or the whole body if it has none. */
function payloadOf({ value }: NonNullable<Parsed>): unknown {
  return typeof value === 'object' && value !== null && 'payload' in value ? value.payload : value;
}

function printable(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
