import { isUtf8 } from 'node:buffer';

/**
 * The text of bytes from outside. Undefined when they are not valid UTF-8: Node's decoders replace such bytes with U+FFFD, which
 * makes different texts equal.
 */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/**
 * The rule that a string violates because it cannot be encoded as UTF-8 or PostgreSQL cannot store it. JSON can express both
 * faults: `"\u0000"` and `"\ud800"`.
 */
export function ruleOfText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.includes('\0')) return 'must not contain a NUL character';
  return /\p{Cs}/u.test(value) ? 'must not contain half of a surrogate pair, which is not a character' : undefined;
}
