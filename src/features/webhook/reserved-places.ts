import type { Place, SenderPlaces } from './sender-places';
import type { PlannedMessage, Receiver } from './webhook-event.repository';

/** Places for the first deliveries of each webhook in a portion. */
class ReservedPlaces {
  private readonly places = new Map<string, Place[]>();

  /** The number of places of each webhook. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.places].map(([webhookId, places]) => [webhookId, places.length]));
  }

  add(webhookId: string, place: Place): void {
    const places = this.places.get(webhookId) ?? [];
    places.push(place);
    this.places.set(webhookId, places);
  }

  /** The place of the next delivery of a webhook. */
  placeOf({ webhookId }: { readonly webhookId: string }): Place {
    return this.places.get(webhookId)!.shift()!;
  }

  /** Frees the places that no delivery has. */
  giveBack(): void {
    for (const places of this.places.values()) for (const free of places.splice(0)) free(false);
  }
}

/**
 * Reserves places for the messages of a portion, as far as the places are shared with the customer. None if they do not all fit into the
 * bytes in flight.
 */
export function reservePlaces(
  places: SenderPlaces,
  customerId: string,
  messages: readonly PlannedMessage[],
  receivers: readonly Receiver[],
): ReservedPlaces {
  const reserved = new ReservedPlaces();
  const planned = messages.flatMap(({ webhookIds, payload }) => {
    const bytes = Buffer.byteLength(payload);
    return webhookIds.map((webhookId) => ({ customerId, webhookId, bytes }));
  });
  if (planned.reduce((sum, { bytes }) => sum + bytes, 0) > places.freeBytes) return reserved;
  const receiving = new Set(planned.map(({ webhookId }) => webhookId));
  const due = receivers.flatMap(({ id: webhookId, isFailing }) =>
    receiving.has(webhookId) ? [{ customerId, webhookId, isFailing }] : [],
  );
  const left = new Map(places.shareOut(due).map(({ webhookId, count }) => [webhookId, count]));
  for (const delivery of planned) {
    const count = left.get(delivery.webhookId) ?? 0;
    if (count === 0) continue;
    left.set(delivery.webhookId, count - 1);
    reserved.add(delivery.webhookId, places.take(delivery, delivery.bytes));
  }
  return reserved;
}
