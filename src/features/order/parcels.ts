import { z } from 'zod';
import { DomainError } from '../../platform/base/errors';
import { noteLimitReached } from '../../platform/base/limit';
import { line, optionalLine } from '../../platform/operation/input-rules';
import { MAX_PARCELS, type ParcelInput } from './order-operation.input';
import { ParcelDirection } from './order-status';
import type { ParcelValue } from './order.entity';

/** Clients show the URL as a link, so it must not have a scheme such as `javascript:`. */
function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}

export const parcelsRule = z
  .array(
    z.object({
      carrier: optionalLine(100),
      trackingNumber: line(100),
      trackingUrl: line(2_000).refine(isHttps, 'must be an https URL').nullish(),
      direction: z.enum(ParcelDirection),
    }),
  )
  .nullish();

/**
 * Parcels that an order does not have yet. Tracking number and direction identify a parcel.
 *
 * @throws DomainError INVALID_INPUT if the order would have too many parcels
 */
export function newParcels(known: readonly ParcelValue[], given: readonly ParcelInput[]): ParcelValue[] {
  const keyOf = ({ trackingNumber, direction }: ParcelInput | ParcelValue) => `${direction} ${trackingNumber}`;
  const keys = new Set(known.map(keyOf));
  const added: ParcelValue[] = [];
  for (const parcel of given) {
    if (keys.has(keyOf(parcel))) continue;
    keys.add(keyOf(parcel));
    const { carrier = null, trackingNumber, trackingUrl = null, direction } = parcel;
    added.push({ carrier, trackingNumber, trackingUrl, direction });
  }
  if (keys.size <= MAX_PARCELS) return added;
  noteLimitReached('parcels per order');
  const message = `An order has at most ${MAX_PARCELS} parcels. This order already has ${known.length}.`;
  throw new DomainError('INVALID_INPUT', message, ['input', 'parcels']);
}
