const MAX_INT64 = 9223372036854775807n;

/** Whether a text is the decimal of a row's number: a bigint of PostgreSQL, not negative. */
export function isInt64(text: string): boolean {
  return /^[0-9]{1,19}$/.test(text) && BigInt(text) <= MAX_INT64;
}
