/** An id is the second of `takenAt` since 2000, followed by a number of this many bits. Same as new_reading_id in the migrations. */
const NUMBER_BITS = 30n;
const EPOCH_SECONDS = 946_684_800;

/** @param number from the sequence; only its lower bits are used, which repeat after about 10^9 readings */
export function toReadingId(takenAt: Date, number: string): string {
  const seconds = BigInt(Math.floor(takenAt.getTime() / 1000) - EPOCH_SECONDS);
  return String((seconds << NUMBER_BITS) | BigInt.asUintN(Number(NUMBER_BITS), BigInt(number)));
}

/** The second of `takenAt` encoded in an id. */
export function secondOf(id: string): Date {
  return new Date((Number(BigInt(id) >> NUMBER_BITS) + EPOCH_SECONDS) * 1000);
}
