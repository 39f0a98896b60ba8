/**
 * Characters that no text begins or ends with: white space, and characters that are not visible and often come with copied text,
 * such as a zero-width space or a direction mark. Inside a text they may have a meaning.
 *
 * All are single UTF-16 code units. The function `normal_text` of the database has the same characters.
 */
const EDGE = /[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/;

/**
 * Longer than what any rule accepts. Such a text is refused or not found, so it is not normalized: the time for a text of
 * combining marks grows with the square of its length.
 */
const MAX_LENGTH = 4_000;

/**
 * The one form in which a text is stored, looked up and compared: without white space and invisible characters at its ends, and
 * with composed characters (Unicode NFC), so that an é is one character however it was typed.
 */
export function normalText(text: string): string {
  if (text.length > MAX_LENGTH) return text;
  let [start, end] = [0, text.length];
  while (start < end && EDGE.test(text[start]!)) start += 1;
  while (end > start && EDGE.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end).normalize('NFC');
}
