const MAX_INT64 = 9223372036854775807n;
const DIGITS = MAX_INT64.toString().length;

/** Whether a text is a databaseId: a decimal, non-negative 64-bit integer. */
export function isInt64(text: string): boolean {
  return /^[0-9]{1,19}$/.test(text) && (text.length < DIGITS || BigInt(text) <= MAX_INT64);
}
