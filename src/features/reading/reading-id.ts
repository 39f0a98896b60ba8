/** An id holds the second of `takenAt` from 2000 on above a number of these bits, as new_reading_id in the migration makes it. */
const NUMBER_BITS = 30n;
const EPOCH_SECONDS = 946_684_800;

/** @param number of the sequence; its lower bits count, which come again after a thousand million readings */
export function toReadingId(takenAt: Date, number: string): string {
  const seconds = BigInt(Math.floor(takenAt.getTime() / 1000) - EPOCH_SECONDS);
  return String((seconds << NUMBER_BITS) | BigInt.asUintN(Number(NUMBER_BITS), BigInt(number)));
}

/** The second of `takenAt` that an id holds. */
export function secondOf(id: string): Date {
  return new Date((Number(BigInt(id) >> NUMBER_BITS) + EPOCH_SECONDS) * 1000);
}
