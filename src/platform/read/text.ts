import { Fragment, join, raw, sql, text, writeTheSame } from '../db/sql';

/** Text that is the same for all rows, or an expression of type text that is never null. */
type Part = string | Fragment;

/**
 * An expression of JSON text whose parts are known. Within other text it becomes parts of that, so that PostgreSQL concatenates
 * adjacent constants once for all rows: each concatenation copies the text before it.
 */
export class TextExpression extends Fragment {
  constructor(readonly parts: readonly Part[]) {
    super(parts.length === 0 ? raw(`''`).writeTo : join(parts.map(expressionOf), ' || ').writeTo);
  }
}

function expressionOf(part: Part): Fragment {
  return typeof part === 'string' ? raw(`'${part}'`) : part;
}

/** Text of JSON that is the same for all rows, and expressions for the rest, in the order in which they are written. */
export class JsonText {
  private readonly parts: Part[] = [];
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
    if (expression instanceof TextExpression) for (const part of expression.parts) this.add(part);
    else this.add(sql`(${expression})`);
    return this;
  }

  /** The expression of the whole text. */
  end(): TextExpression {
    this.flush();
    return new TextExpression(this.parts);
  }

  private add(part: Part): void {
    if (typeof part === 'string') {
      this.constant += part;
      return;
    }
    this.flush();
    this.parts.push(part);
  }

  private flush(): void {
    if (this.constant !== '') this.parts.push(this.constant);
    this.constant = '';
  }
}

/**
 * One of several texts, chosen by a `case`. What all begin and end with is written once, outside of it: PostgreSQL prepares the
 * expressions of all branches for each execution.
 *
 * @param cases `value` is SQL
 */
export function oneOfTexts(
  given: Fragment,
  cases: readonly { readonly value: string; readonly text: TextExpression }[],
  otherwise: Fragment,
): TextExpression {
  const whole = cases.map(({ text: { parts } }) =>
    parts.flatMap((part): Part[] => (typeof part === 'string' ? [...part] : [part])),
  );
  const begin = whole[0]!.slice(0, commonLength(whole));
  const rests = whole.map((parts) => parts.slice(begin.length));
  const endLength = commonLength(rests.map((parts) => [...parts].reverse()));
  const branches = rests.map((parts, index) => {
    const own = textOf(parts.slice(0, parts.length - endLength));
    return sql`when ${raw(cases[index]!.value)} then ${own}`;
  });
  const [first] = rests as [Part[], ...Part[][]];
  return textOf([
    ...begin,
    sql`(case ${given} ${join(branches, ' ')} else ${otherwise} end)`,
    ...first.slice(first.length - endLength),
  ]);
}

function textOf(parts: readonly Part[]): TextExpression {
  return new JsonText().append(new TextExpression(parts)).end();
}

/** The number of parts with which all begin. */
function commonLength(all: readonly (readonly Part[])[]): number {
  const [first, ...others] = all as [readonly Part[], ...(readonly Part[])[]];
  const end = first.findIndex(
    (part, index) => !others.every((parts) => index < parts.length && isSame(part, parts[index]!)),
  );
  return end === -1 ? first.length : end;
}

function isSame(one: Part, other: Part): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return writeTheSame(one, other);
}
