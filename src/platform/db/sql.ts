import { RequestError } from '../base/errors';
import { ruleOfText } from '../base/utf8';
import type { Scope } from './scope';
import type { Statement } from './statement';

/**
 * A part of a statement with its values. Fragments are immutable and can be nested. The values of a fragment that is used twice
 * are sent once.
 *
 * A template accepts only fragments, so text from a client never becomes SQL.
 */
export class Fragment {
  constructor(readonly writeTo: (writer: Writer) => void) {}
}

/** What fragments write to: a statement, or a template. */
interface Writer {
  /** Text that is the same for all values and scopes. */
  write(text: string): void;
  /** A step that needs values or the scope. For a template, it is taken for each statement that is made of it. */
  step(step: Step): void;
}

type Step = (writer: StatementWriter) => void;

/** A statement or a part of a statement: sql`select … from device d where ${owned('d')} and d.id = ${bigint(id)}`. */
export function sql(strings: TemplateStringsArray, ...parts: readonly Fragment[]): Fragment {
  return new Fragment((writer) => {
    strings.forEach((text, index) => {
      writer.write(text);
      parts[index]?.writeTo(writer);
    });
  });
}

/** SQL written by the code itself, such as a column name. Never pass text from a client. */
export function raw(text: string): Fragment {
  return new Fragment((writer) => writer.write(text));
}

export function join(fragments: readonly Fragment[], separator = ', '): Fragment {
  return new Fragment((writer) => {
    fragments.forEach((fragment, index) => {
      if (index > 0) writer.write(separator);
      fragment.writeTo(writer);
    });
  });
}

type Id = string | number;

export const bigint = (value: Id | null): Fragment => typed(value, 'bigint');
export const int = (value: number | null): Fragment => typed(value, 'int');
export const boolean = (value: boolean | null): Fragment => typed(value, 'boolean');
export const text = (value: string | null): Fragment => typed(value, 'text');
/** @param value a string in PostgreSQL's format keeps microseconds */
export const date = (value: string | null): Fragment => typed(value, 'date');
export const timestamptz = (value: Date | string | null): Fragment => typed(value, 'timestamptz');
export const bytea = (value: Buffer | null): Fragment => typed(value, 'bytea');
export const bigints = (values: readonly Id[]): Fragment => typed(values, 'bigint[]');
export const texts = (values: readonly string[]): Fragment => typed(values, 'text[]');

/** @throws RequestError BAD_USER_INPUT for a string that PostgreSQL cannot store */
export function typed(value: unknown, type: string): Fragment {
  const literal = Array.isArray(value) && value.length > 0 ? arrayLiteral(value) : undefined;
  if (literal === undefined) refuseUnstorable(value);
  const parameter = { value: literal ?? value, type };
  const step: Step = (writer) => writer.writeParameter(parameter);
  return new Fragment((writer) => writer.step(step));
}

/** Items as rows of a table, with a column for each type: `unnest($1::bigint[], $2::text[])`. */
export function unnest<Item>(
  items: readonly Item[],
  ...columns: readonly [type: string, valueOf: (item: Item) => unknown][]
): Fragment {
  return sql`unnest(${join(columns.map(([type, valueOf]) => typed(items.map(valueOf), `${type}[]`)))})`;
}

/** As `Date.toISOString`. Sessions are in UTC, and stored times have milliseconds. */
export function isoTime(time: Fragment): Fragment {
  return sql`to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** A fragment that depends on the scope of its statement. */
export function scoped(fragmentOf: (scope: Scope) => Fragment): Fragment {
  return new Fragment((writer) => writer.step((statement) => fragmentOf(statement.scope).writeTo(statement)));
}

/** A fragment that is written for a customer in statements of operators, so that it uses the customer's indexes. */
export function asCustomer(customerId: string, fragment: Fragment): Fragment {
  return new Fragment((writer) => writer.step((statement) => statement.writeAsCustomer(customerId, fragment)));
}

/** The condition that a table's rows belong to the scope. Row-level security enforces the same. */
export function owned(alias: string): Fragment {
  return new Fragment((writer) => writer.step((statement) => statement.owned(alias).writeTo(statement)));
}

/**
 * The customer of the session, written as in the policies. PostgreSQL then sees that a condition and the policy are the same, and checks
 * one. A parameter would be compared with the customer once for each partition of a table.
 */
export const CUSTOMER_OF_SESSION = raw(`nullif(current_setting('app.customer_id', true), '')::bigint`);

/** A key column in a comparison. Operators have separate indexes on expressions, see the initial migration. */
export function key(column: string): Fragment {
  return scoped(({ kind }) => raw(kind === 'customer' ? column : `(${column} + 0)`));
}

/**
 * The condition that a column has one of the values. For a single value it is an equality, with which an index scan returns
 * rows in the order of the index's following columns.
 */
export function oneOf(
  column: string | Fragment,
  values: readonly unknown[],
  type: 'bigint' | 'smallint' | 'text',
): Fragment {
  const name = typeof column === 'string' ? raw(column) : column;
  return values.length === 1
    ? new Equality(sql`${name} = ${typed(values[0], type)}`.writeTo)
    : sql`${name} = any(${typed(values, `${type}[]`)})`;
}

/** The condition that a column has one value. */
export class Equality extends Fragment {}

/** All of the conditions; true when there is none. */
export function all(...conditions: readonly Fragment[]): Fragment {
  return conditions.length === 0 ? raw('true') : join(conditions, ' and ');
}

/**
 * Conditions of a filter. If they contain values, the statement is not kept prepared but planned for the actual values each
 * time. A generic plan reads the whole list when the values are rare (57,000 pages instead of 120 for the lost devices among
 * 80,000). A filter without values, e.g. for devices that have a holder, has one best plan.
 */
export function filter(...conditions: readonly Fragment[]): Fragment {
  const written = all(...conditions);
  return new Fragment((writer) =>
    writer.step((statement) => {
      const before = statement.values.length;
      written.writeTo(statement);
      if (statement.values.length > before) statement.planEachTime = true;
    }),
  );
}

/** Writes no SQL. The statement is planned again for each execution. */
export const PLAN_EACH_TIME = new Fragment((writer) =>
  writer.step((statement) => {
    statement.planEachTime = true;
  }),
);

/**
 * A fragment that is made for each statement.
 *
 * @template Given what `Template.fill` is given
 */
export function late<Given = void>(fragmentOf: (given: Given) => Fragment): Fragment {
  return new Fragment((writer) => writer.step((statement) => fragmentOf(statement.given as Given).writeTo(statement)));
}

/** A part that is left out of a statement that is planned again for each execution, where planning it would take too long. */
export function unlessPlannedEachTime(part: Fragment, instead: Fragment): Fragment {
  return new Fragment((writer) =>
    writer.step((statement) => {
      statement.hasOptionalPart = true;
      (statement.leavesOut ? instead : part).writeTo(statement);
    }),
  );
}

/** The text that a fragment has in all statements, without what its steps write. */
export function fixedText(fragment: Fragment): string {
  let text = '';
  fragment.writeTo({ write: (more) => void (text += more), step: () => undefined });
  return text;
}

/** Whether two fragments write the same in all statements: the same text, and the same steps at the same places. */
export function writeTheSame(one: Fragment, other: Fragment): boolean {
  const [written, ofOther] = [recorded(one), recorded(other)];
  return written.length === ofOther.length && written.every((part, index) => part === ofOther[index]);
}

/** Texts, and steps between them. */
function recorded(fragment: Fragment): (string | Step)[] {
  const parts: (string | Step)[] = [''];
  fragment.writeTo({
    write: (more) => void parts.push(`${parts.pop() as string}${more}`),
    step: (step) => void parts.push(step, ''),
  });
  return parts;
}

interface Parameter {
  readonly value: unknown;
  readonly type: string;
}

/** A statement while its fragments are written. */
export class StatementWriter implements Writer {
  text = '';
  planEachTime = false;
  hasOptionalPart = false;
  readonly values: unknown[] = [];
  private readonly placeholders = new Map<Parameter, string>();

  constructor(
    private writtenFor: Scope,
    /** See `late`. */
    readonly given?: unknown,
    /** Whether optional parts are left out. */
    readonly leavesOut = false,
  ) {}

  write(text: string): void {
    this.text += text;
  }

  step(step: Step): void {
    step(this);
  }

  writeParameter(parameter: Parameter): void {
    let placeholder = this.placeholders.get(parameter);
    if (placeholder === undefined) {
      this.values.push(parameter.value);
      placeholder = `$${this.values.length}::${parameter.type}`;
      this.placeholders.set(parameter, placeholder);
    }
    this.text += placeholder;
  }

  /** What the statement is written for. */
  get scope(): Scope {
    return this.writtenFor;
  }

  writeAsCustomer(customerId: string, fragment: Fragment): void {
    const { scope } = this;
    if (scope.kind === 'operator') this.writtenFor = { kind: 'customer', customerId };
    fragment.writeTo(this);
    this.writtenFor = scope;
  }

  owned(alias: string): Fragment {
    return this.scope.kind === 'customer'
      ? sql`${raw(alias)}.customer_id = ${bigint(this.scope.customerId)}`
      : raw('true');
  }
}

const NAME = /^\/\* (\w+) \*\//;

/** @throws Error when the statement does not begin with a comment that contains its name */
export function compile(scope: Scope, fragment: Fragment): Statement {
  const { text, values, planEachTime } = written(scope, undefined, (writer) => fragment.writeTo(writer));
  return { name: nameIn(text), text, values, planEachTime };
}

/** @param write called again without optional parts if the statement is planned for each execution */
function written(scope: Scope, given: unknown, write: (writer: StatementWriter) => void): StatementWriter {
  const writer = new StatementWriter(scope, given);
  write(writer);
  if (!writer.planEachTime || !writer.hasOptionalPart) return writer;
  const shorter = new StatementWriter(scope, given, true);
  write(shorter);
  return shorter;
}

function nameIn(text: string): string {
  const name = NAME.exec(text)?.[1];
  if (name === undefined) throw new Error(`The statement has no name: ${text}`);
  return name;
}

/** A closure of a step, with what it refers to. */
const STEP_BYTES = 200;
/** Texts of a template that are kept. */
const MAX_TEXTS = 8;
/** Between what steps write, which does not contain it: equal texts were written by the same steps. */
const SEPARATOR = '\0';

/** A fragment that is written once and makes many statements. It has no values of a scope or of a `late` fragment. */
export class Template<Given> implements Writer {
  /** What is before each step, and after the last one. */
  private readonly parts = [''];
  private readonly steps: Step[] = [];
  private readonly name: string;
  /** By what the steps wrote: the same text is the same string, whose hash is known. */
  private readonly texts = new Map<string, string>();

  /** @throws Error when the statement does not begin with a comment that contains its name */
  constructor(fragment: Fragment) {
    fragment.writeTo(this);
    this.name = nameIn(this.parts[0]!);
  }

  /** Its size in memory, with the texts that are kept. */
  get bytes(): number {
    const { length } = this.parts.join('');
    return length * (1 + MAX_TEXTS) + this.steps.length * STEP_BYTES;
  }

  write(text: string): void {
    this.parts[this.steps.length] = this.parts[this.steps.length]! + text;
  }

  step(step: Step): void {
    this.steps.push(step);
    this.parts.push('');
  }

  fill(scope: Scope, given: Given): Statement {
    const { text, values, planEachTime } = written(scope, given, (writer) => {
      for (const step of this.steps) {
        step(writer);
        writer.text += SEPARATOR;
      }
    });
    return { name: this.name, text: this.textWith(text), values, planEachTime };
  }

  /** @param ofSteps what the steps wrote, each with the separator */
  private textWith(ofSteps: string): string {
    const known = this.texts.get(ofSteps);
    if (known !== undefined) return known;
    const between = ofSteps.split(SEPARATOR);
    const text = this.parts.map((part, index) => part + between[index]!).join('');
    if (this.texts.size === MAX_TEXTS) this.texts.clear();
    this.texts.set(ofSteps, text);
    return text;
  }
}

/** The last check of every string, for those that no earlier one named. @throws RequestError BAD_USER_INPUT */
export function refuseUnstorable(value: unknown): void {
  if (Array.isArray(value)) value.forEach(refuseUnstorable);
  const rule = ruleOfText(value);
  if (rule !== undefined) throw new RequestError('BAD_USER_INPUT', `A string in the arguments ${rule}. Remove it.`);
}

const INTEGER = /^-?\d+$/;

/**
 * PostgreSQL's array literal for numbers, ids, booleans, times and empty texts; undefined for other elements. pg checks every element for
 * quoting, which for a thousand readings took as long as all other checks together. The elements are joined at once: a text that grows by
 * each of them was a tenth of all that a call allocates.
 */
function arrayLiteral(values: readonly unknown[]): string | undefined {
  const texts: unknown[] = [];
  let instant: Date | undefined;
  let instantText = '';
  for (const value of values) {
    if (value === null) texts.push('NULL');
    else if (typeof value === 'number' || typeof value === 'boolean') texts.push(value);
    else if (typeof value === 'string' && INTEGER.test(value)) texts.push(value);
    else if (value === '') texts.push('""');
    else if (value instanceof Date) {
      // Elements often share one Date; it is formatted once.
      if (instant !== value) [instant, instantText] = [value, value.toISOString()];
      texts.push(instantText);
    } else return undefined;
  }
  return `{${texts.join(',')}}`;
}
