import { raw, sql, type Fragment } from '../db/sql';

/** A character that neither JSON text nor an id has: it begins and ends a mark. */
const BOUND = '\u0002';
const END_OF_NUMBER = ':';

/**
 * Values of a statement's JSON text that Node must complete, such as cursors. PostgreSQL writes a mark instead of the value: the
 * number of a slot and a payload. Node replaces all marks of a text in one pass.
 *
 *     const cursor = marks.slot((id) => JSON.stringify(seal(id)));
 *     json.append(cursor(sql`d.id::text`));
 *
 * A value of a caller cannot make a mark, because JSON escapes control characters.
 */
export class Marks {
  private readonly slots: ((payload: string) => string)[] = [];

  /**
   * @param complete makes the JSON text from a payload. What it throws leaves the operation to the executor
   * @returns makes the expression of the mark from the payload's: ids or JSON text, never null
   */
  slot(complete: (payload: string) => string): (payload: Fragment) => Fragment {
    const number = this.slots.push(complete) - 1;
    const begin = raw(`E'\\x02${number}${END_OF_NUMBER}'`);
    return (payload) => sql`${begin} || ${payload} || ${END}`;
  }

  /** The text with the values instead of the marks. */
  complete(text: string): string {
    if (this.slots.length === 0) return text;
    let completed = '';
    let from = 0;
    for (let begin = text.indexOf(BOUND); begin !== -1; begin = text.indexOf(BOUND, from)) {
      const colon = text.indexOf(END_OF_NUMBER, begin);
      const end = text.indexOf(BOUND, colon);
      const slot = this.slots[Number(text.slice(begin + 1, colon))]!;
      completed += text.slice(from, begin) + slot(text.slice(colon + 1, end));
      from = end + 1;
    }
    return completed + text.slice(from);
  }
}

const END = raw(`E'\\x02'`);
