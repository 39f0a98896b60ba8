import { LRUCache } from 'lru-cache';

/** Most attempts in flight on one instance, per webhook, and per webhook that is failing or slow. */
const MAX_IN_FLIGHT = 200;
const MAX_PER_WEBHOOK = 8;
const MAX_PER_SLOW_WEBHOOK = 2;

/** Most bytes of bodies in flight on one instance. A larger body is sent while no other is in flight. */
const MAX_BYTES = 16_777_216;

/** An endpoint is slow while its attempts take longer, on average or so far. */
const DEFAULT_SLOW_MS = 1_000;

/** Weight of the latest attempt in the average. */
const LATEST = 0.5;

/** Endpoints whose average is known. Others count as quick until they prove slow. */
const MAX_PACES = 10_000;

/** A webhook with deliveries that are due. */
export interface DueWebhook {
  readonly customerId: string;
  readonly webhookId: string;
  readonly isFailing: boolean;
}

/** How many deliveries of a webhook may start. */
export interface Share {
  readonly customerId: string;
  readonly webhookId: string;
  readonly count: number;
}

/** Frees a place. `isUsed` is false when no attempt was made: then its time says nothing about the endpoint. */
export type Place = (isUsed?: boolean) => void;

interface Flight {
  readonly startedMs: number;
}

/**
 * The places of one instance for attempts in flight, shared among the customers.
 *
 * Each free place goes to the customer with the fewest attempts in flight. No customer takes more places than are free then. So
 * one customer alone takes at most half of the places, two take a third each, and some are free for the next customer, although
 * a place may be taken for 15 s.
 */
export class SenderPlaces {
  private readonly ofWebhook = new Map<string, Set<Flight>>();
  private readonly ofCustomer = new Map<string, number>();
  private readonly paces = new LRUCache<string, number>({ max: MAX_PACES });
  /** The customer that got the last place. Those after it are next if they have as few attempts. */
  private lastServed = 0n;
  private total = 0;
  private bytes = 0;

  /** @param now milliseconds of a steady clock */
  constructor(
    private readonly slowMs = DEFAULT_SLOW_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get free(): number {
    return MAX_IN_FLIGHT - this.total;
  }

  /** Bytes of bodies that may start. Not more than 0 when none may. */
  get freeBytes(): number {
    return MAX_BYTES - this.bytes;
  }

  /** Takes a place for an attempt. */
  take({ customerId, webhookId }: Omit<Share, 'count'>, bytes: number): Place {
    const flight = { startedMs: this.now() };
    const flights = this.ofWebhook.get(webhookId) ?? new Set();
    this.ofWebhook.set(webhookId, flights.add(flight));
    this.ofCustomer.set(customerId, this.usedBy(customerId) + 1);
    this.total += 1;
    this.bytes += bytes;
    return (isUsed = true) => {
      flights.delete(flight);
      if (flights.size === 0) this.ofWebhook.delete(webhookId);
      const used = this.usedBy(customerId) - 1;
      if (used === 0) this.ofCustomer.delete(customerId);
      else this.ofCustomer.set(customerId, used);
      this.total -= 1;
      this.bytes -= bytes;
      if (!isUsed) return;
      const lastMs = this.now() - flight.startedMs;
      this.paces.set(webhookId, LATEST * lastMs + (1 - LATEST) * (this.paces.get(webhookId) ?? lastMs));
    };
  }

  /** Shares the free places. @param due each webhook once */
  shareOut(due: readonly DueWebhook[]): Share[] {
    const counts = new Map<DueWebhook, number>();
    // Customers by the number of their attempts, so that each place goes to one of the fewest.
    const byUse: Queue[][] = [];
    const enqueue = (queue: Queue, used: number) => (byUse[used] ??= []).push(queue);
    for (const queue of this.queues(due)) enqueue(queue, this.usedBy(queue.customerId));
    let { free } = this;
    for (let used = 0; used < free && used < byUse.length; used += 1) {
      for (const queue of byUse[used] ?? []) {
        if (used >= free) break;
        const webhook = queue.webhooks.shift()!;
        counts.set(webhook, (counts.get(webhook) ?? 0) + 1);
        free -= 1;
        this.lastServed = BigInt(queue.customerId);
        if (queue.webhooks.length > 0) enqueue(queue, used + 1);
      }
    }
    return [...counts].map(([{ customerId, webhookId }, count]) => ({ customerId, webhookId, count }));
  }

  /** The customers in turn, each with a webhook for every place that it can use: first those with the fewest attempts. */
  private queues(due: readonly DueWebhook[]): Queue[] {
    const customers = new Map<string, { webhook: DueWebhook; level: number }[]>();
    for (const webhook of due) {
      const { customerId, webhookId } = webhook;
      const places = customers.get(customerId) ?? [];
      customers.set(customerId, places);
      const most = webhook.isFailing || this.isSlow(webhookId) ? MAX_PER_SLOW_WEBHOOK : MAX_PER_WEBHOOK;
      for (let level = this.ofWebhook.get(webhookId)?.size ?? 0; level < most; level += 1)
        places.push({ webhook, level });
    }
    const queues = [...customers].flatMap(([customerId, places]): Queue[] => {
      const webhooks = places.sort((one, other) => one.level - other.level).map(({ webhook }) => webhook);
      return webhooks.length === 0 ? [] : [{ customerId, webhooks }];
    });
    const isNext = ({ customerId }: Queue) => BigInt(customerId) > this.lastServed;
    return [...queues.filter(isNext), ...queues.filter((queue) => !isNext(queue))];
  }

  private isSlow(webhookId: string): boolean {
    if ((this.paces.get(webhookId) ?? 0) > this.slowMs) return true;
    const [oldest] = this.ofWebhook.get(webhookId) ?? [];
    return oldest !== undefined && this.now() - oldest.startedMs > this.slowMs;
  }

  private usedBy(customerId: string): number {
    return this.ofCustomer.get(customerId) ?? 0;
  }
}

interface Queue {
  readonly customerId: string;
  readonly webhooks: DueWebhook[];
}
