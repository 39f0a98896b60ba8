import { scopeKey, type Scope } from '../db/scope';
import type { EventSubscription } from './event-subscription';
import { Fifo } from '../base/fifo';
import type { StreamEvent } from './outbox';

/** Of an event beside its payload. */
const EVENT_BYTES = 500;

/** Memory of events, by the texts of their payloads. Parsed payloads take a few times as much. */
export function bytesOf(events: Iterable<StreamEvent>): number {
  let bytes = 0;
  for (const event of events) bytes += EVENT_BYTES + event.bytes;
  return bytes;
}

/** The newest events of one scope, in the order of their positions, for all of its subscriptions. */
export class EventWindow {
  readonly subscriptions = new Set<EventSubscription>();
  private readonly events = new Fifo<StreamEvent>();

  /** @param start all events of the scope after this position are in the window */
  constructor(public start: number) {}

  append(event: StreamEvent): void {
    this.events.push(event);
  }

  dropOldest(): void {
    this.start = this.events.shift()!.position;
  }

  /** The first event after a position that is not before `start`. */
  after(position: number): StreamEvent | undefined {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.events.at(middle)!.position > position) high = middle;
      else low = middle + 1;
    }
    return this.events.at(low);
  }
}

/**
 * The newest events of all scopes with subscriptions, bounded in bytes for the whole instance. A subscription only has its position:
 * one that is behind the window reads its events from the table.
 */
export class RecentEvents {
  private readonly windows = new Map<string, EventWindow>();
  private readonly kept = new Fifo<{ event: StreamEvent; windows: readonly EventWindow[] }>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** @param position of the newest event that was appended */
  join(subscription: EventSubscription, position: number): EventWindow {
    const key = scopeKey(subscription.scope);
    const window = this.windows.get(key) ?? new EventWindow(position);
    this.windows.set(key, window);
    window.subscriptions.add(subscription);
    return window;
  }

  leave(subscription: EventSubscription): void {
    const key = scopeKey(subscription.scope);
    const window = this.windows.get(key);
    if (window?.subscriptions.delete(subscription) && window.subscriptions.size === 0) this.windows.delete(key);
  }

  /** @returns the windows that have the event now */
  append(event: StreamEvent): readonly EventWindow[] {
    const scopes: Scope[] = [{ kind: 'customer', customerId: event.customerId }, { kind: 'operator' }];
    const windows = scopes.flatMap((scope) => this.windows.get(scopeKey(scope)) ?? []);
    if (windows.length === 0) return windows;
    for (const window of windows) window.append(event);
    this.kept.push({ event, windows });
    this.bytes += bytesOf([event]);
    while (this.bytes > this.maxBytes) {
      const oldest = this.kept.shift()!;
      this.bytes -= bytesOf([oldest.event]);
      for (const window of oldest.windows) window.dropOldest();
    }
    return windows;
  }
}
