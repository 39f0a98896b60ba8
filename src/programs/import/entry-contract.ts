import { readFileSync } from 'node:fs';
import {
  buildSchema,
  coerceInputValue,
  getNamedType,
  getNullableType,
  GraphQLID,
  GraphQLScalarType,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isRequiredInputField,
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedInputType,
} from 'graphql';
import { packagePath } from '../../platform/base/package-path';
import type { LineProblem, ReadyEntry } from './file-line';
import { symbolsIn } from './quantity-cell';

/** Code for a value of the wrong type, which is found before anything is sent. */
const WRONG_TYPE = 'BAD_USER_INPUT';
const MAX_SHOWN = 60;

const SCALARS: Record<string, string> = {
  ID: 'an id',
  Int: 'a whole number',
  Float: 'a number',
  Boolean: 'true or false',
  String: 'text',
  Date: 'a date like 1950-03-27',
  DateTime: 'a time with a UTC offset, like 2026-03-08T07:30:00Z or 2026-03-08T02:30:00-05:00',
  TimeZone: 'a time zone like America/New_York',
};
/** Scalars of the schema whose values are text. The gateway checks the text. */
const TEXTS = ['Date', 'DateTime', 'TimeZone'];

/** A JSON number beyond 2^53 has lost digits when parsed and could be another id. */
const ID = new GraphQLScalarType({
  name: 'ID',
  parseValue: (value) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('The number is not a safe integer.');
    return GraphQLID.parseValue(value);
  },
});

/**
 * A value of an entry, and its column in CSV. For an object with a `value`, e.g. a number with a unit, the column of the `value` has
 * the name of the object, and columns of other members start with it: `weight` and `weightUnit`.
 */
export interface EntryValue {
  /** Path within the entry, e.g. `['bloodGlucose', 'glucose', 'unit']`. */
  readonly path: readonly string[];
  readonly type: GraphQLInputType;
  /** Whether every object that the value is in must have it. */
  readonly isRequired: boolean;
  /** Symbols of the units in which a number can be, from the description of its field. */
  readonly symbols: readonly string[];
  /** Column of the number that it belongs to, and whether that number requires it. */
  readonly of?: { readonly column: string; readonly isRequired: boolean };
}

/**
 * Checks entries against an input type of the API's schema, such as `ReadingInput`. A value of the wrong type is found here, before it
 * is sent. An unknown member would make the whole call fail. All other rules are left to the gateway.
 */
export class EntryContract {
  readonly type: GraphQLInputObjectType;

  /**
   * @param entryType name of the input type
   * @param one what an entry is called in messages: `reading`
   * @param schema by default schema.graphql of this package
   */
  constructor(
    entryType: string,
    private readonly one: string,
    schema = readFileSync(packagePath('schema.graphql'), 'utf8'),
  ) {
    const types = buildSchema(schema).getTypeMap();
    for (const name of TEXTS) (types[name] as GraphQLScalarType).parseValue = GraphQLString.parseValue;
    this.type = types[entryType] as GraphQLInputObjectType;
    for (const field of Object.values(this.type.getFields())) if (field.type === GraphQLID) field.type = ID;
  }

  /** @returns the entry as JSON, or a problem for each value of the wrong type */
  check(entry: object): ReadyEntry | { readonly problems: LineProblem[] } {
    const problems: LineProblem[] = [];
    const onError = (path: readonly (string | number)[], value: unknown, { message }: Error) =>
      problems.push(this.toProblem(path.map(String), value, message));
    coerceInputValue(entry, this.type, onError, true);
    return problems.length === 0 ? { json: JSON.stringify(entry) } : { problems };
  }

  private toProblem(path: readonly string[], value: unknown, message: string): LineProblem {
    // For a missing or an unknown field, graphql-js reports the path of the object that it belongs to.
    const [, member, fault] = /^Field "(.*)" (of required type|is not defined)/s.exec(message) ?? [];
    if (member === undefined) return wrongType(path, `must be ${this.ruleAt(path)}, not ${shown(value)}`);
    return wrongType([...path, member], fault === 'is not defined' ? `is not a field of a ${this.one}` : 'is missing');
  }

  private ruleAt(path: readonly string[]): string {
    let type: GraphQLNamedInputType = this.type;
    let symbols: string[] = [];
    for (const member of path) {
      if (!isInputObjectType(type)) continue;
      const field: GraphQLInputField | undefined = type.getFields()[member];
      if (!field) continue; // the index of a list
      type = getNamedType(field.type);
      symbols = symbolsIn(field.description);
    }
    if (isInputObjectType(type)) return 'an object';
    if (isEnumType(type)) return `one of ${namesOf(type).join(', ')}`;
    const unit = symbols.length === 0 ? '' : ` in ${symbols.join(' or ')}`;
    return `${SCALARS[type.name] ?? type.name}${unit}`;
  }
}

/** Columns for the values of an input type, including those of the objects in it. */
export function* valuesOf(
  type: GraphQLInputObjectType,
  path: readonly string[],
  isNeeded = true,
): Generator<[column: string, EntryValue]> {
  const fields = type.getFields();
  const owner = 'value' in fields ? path.at(-1) : undefined;
  for (const field of Object.values(fields)) {
    const { name } = field;
    const isRequired = isNeeded && isRequiredInputField(field);
    const inner = getNullableType(field.type);
    const value = { path: [...path, name], type: inner, isRequired, symbols: symbolsIn(field.description) };
    if (isInputObjectType(inner)) yield* valuesOf(inner, [...path, name], isRequired);
    else if (owner === undefined) yield [name, value];
    else if (name === 'value') yield [owner, value];
    else {
      const of = { column: owner, isRequired: isRequiredInputField(field) };
      yield [`${owner}${name[0]!.toUpperCase()}${name.slice(1)}`, { ...value, of }];
    }
  }
}

export function namesOf(type: GraphQLEnumType): string[] {
  return type.getValues().map(({ name }) => name);
}

export function wrongType(path: readonly string[], rule: string): LineProblem {
  return { code: WRONG_TYPE, message: `${path.join('.')} ${rule}.`, path };
}

/** Formats a value for a message: quoted, and truncated if it is long. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
}
