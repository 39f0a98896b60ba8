import { raw, sql, type Fragment } from '../db/sql';
import type { Run } from './run';

/** A character that neither JSON text nor an id has: it begins and ends a mark. */
const BOUND = '\u0002';
const END_OF_NUMBER = ':';

type Complete = (payload: string, run: Run) => string | Promise<string>;

/**
 * Values of a statement's JSON text that Node must complete, such as cursors. PostgreSQL writes a mark instead of the value: the
 * number of a slot and a payload. Node replaces all marks of a text in one pass.
 *
 *     const cursor = marks.slot((id, run) => JSON.stringify(run.seal(id)));
 *     json.append(cursor(sql`d.id::text`));
 *
 * A value of a caller cannot make a mark, because JSON escapes control characters.
 */
export class Marks {
  private readonly slots: Complete[] = [];

  /**
   * @param complete makes the JSON text from a payload. What it throws leaves the operation to the executor
   * @returns makes the expression of the mark from the payload's: ids or JSON text, never null
   */
  slot(complete: Complete): (payload: Fragment) => Fragment {
    const number = this.slots.push(complete) - 1;
    const begin = raw(`E'\\x02${number}${END_OF_NUMBER}'`);
    return (payload) => sql`${begin} || ${payload} || ${END}`;
  }

  /** The text with the values instead of the marks. Values that must be loaded are loaded at the same time. */
  complete(text: string, run: Run): string | Promise<string> {
    if (this.slots.length === 0) return text;
    const loaded: Promise<string>[] = [];
    /** Before each of them. */
    const texts: string[] = [];
    const valueOf = (slot: number, payload: string) => {
      try {
        return this.slots[slot]!(payload, run);
      } catch (error) {
        void Promise.allSettled(loaded);
        throw error;
      }
    };
    let completed = '';
    let from = 0;
    for (let begin = text.indexOf(BOUND); begin !== -1; begin = text.indexOf(BOUND, from)) {
      const colon = text.indexOf(END_OF_NUMBER, begin);
      const end = text.indexOf(BOUND, colon);
      const value = valueOf(Number(text.slice(begin + 1, colon)), text.slice(colon + 1, end));
      completed += text.slice(from, begin);
      if (typeof value === 'string') completed += value;
      else {
        texts.push(completed);
        loaded.push(value);
        completed = '';
      }
      from = end + 1;
    }
    completed += text.slice(from);
    if (loaded.length === 0) return completed;
    return Promise.all(loaded).then(
      (values) => values.map((value, index) => texts[index]! + value).join('') + completed,
    );
  }
}

const END = raw(`E'\\x02'`);
