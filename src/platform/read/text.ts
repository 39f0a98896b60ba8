import { join, raw, sql, text, type Fragment } from '../db/sql';

/** Text of JSON that is the same for all rows, and expressions for the rest, in the order in which they are written. */
export class JsonText {
  private readonly parts: Fragment[] = [];
  private constant = '';

  /** @param given no quotes: JSON's own marks, and names of the schema */
  write(given: string): this {
    this.constant += given;
    return this;
  }

  /** Text of the caller, which becomes a parameter. */
  writeGiven(given: string): this {
    return this.append(text(given));
  }

  /** An expression of type text that is never null. */
  append(expression: Fragment): this {
    this.flush();
    this.parts.push(sql`(${expression})`);
    return this;
  }

  /** The expression of the whole text. */
  end(): Fragment {
    this.flush();
    return join(this.parts, ' || ');
  }

  private flush(): void {
    if (this.constant !== '') this.parts.push(raw(`'${this.constant}'`));
    this.constant = '';
  }
}
