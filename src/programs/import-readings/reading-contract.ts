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
  type GraphQLInputFieldMap,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedInputType,
} from 'graphql';
import { packagePath } from '../../platform/base/package-path';
import type { FileLine, LineProblem } from './file-line';

/** The code that the gateway gives a value of the wrong type; there it would refuse the whole call. */
const WRONG_TYPE = 'BAD_USER_INPUT';
const MAX_SHOWN = 60;

const SCALARS: Record<string, string> = {
  ID: 'an id of this API',
  Int: 'a whole number',
  Float: 'a number',
  Boolean: 'true or false',
  String: 'text',
  DateTime: 'a time with its zone, like 2026-03-08T07:30:00Z or 2026-03-08T02:30:00-05:00',
};

/** JSON numbers beyond 2^53 have lost digits by now, and may be the id of something else. */
const ID = new GraphQLScalarType({
  name: 'ID',
  parseValue: (value) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('It is no id.');
    return GraphQLID.parseValue(value);
  },
});

/**
 * A value of a kind. One that is an object with a `value`, as numbers of several units are, has a column for that, and those of its
 * other members begin with the name of it: `weight` and `weightUnit`.
 */
export interface KindValue {
  /** Its members in a reading, e.g. `['bloodGlucose', 'glucose', 'unit']`. */
  readonly path: readonly string[];
  readonly type: GraphQLInputType;
  /** Whether the kind is nothing without it. */
  readonly isRequired: boolean;
  /** The column of the number that it is a part of, and whether that is nothing without it. */
  readonly of?: { readonly column: string; readonly isRequired: boolean };
}

/**
 * The types of `ReadingInput` by the schema of the API, and no rule beyond them: what a value may be is for the gateway to say. A value
 * of the wrong type has to be found here, since it would refuse all readings of its call.
 */
export class ReadingContract {
  /** Members of the reading itself, e.g. `takenAt`. */
  readonly members: GraphQLInputFieldMap = {};
  /** The values of each kind by their columns, e.g. `systolic` and `diastolic` by `bloodPressure`. */
  readonly kinds = new Map<string, ReadonlyMap<string, KindValue>>();
  private readonly type: GraphQLInputObjectType;

  /** @param schema by default the one that comes with this package */
  constructor(schema = readFileSync(packagePath('schema.graphql'), 'utf8')) {
    const types = buildSchema(schema).getTypeMap();
    (types.DateTime as GraphQLScalarType).parseValue = GraphQLString.parseValue;
    this.type = types.ReadingInput as GraphQLInputObjectType;
    for (const [name, field] of Object.entries(this.type.getFields())) {
      if (isInputObjectType(field.type)) this.kinds.set(name, new Map(valuesOf(field.type, [name])));
      else this.members[name] = field.type === GraphQLID ? Object.assign(field, { type: ID }) : field;
    }
  }

  /** @returns the reading as JSON, or everything in it that has the wrong type */
  check(reading: object): FileLine['content'] {
    const problems: LineProblem[] = [];
    const onError = (path: readonly (string | number)[], value: unknown, { message }: Error) =>
      problems.push(this.toProblem(path.map(String), value, message));
    coerceInputValue(reading, this.type, onError, true);
    return problems.length === 0 ? { json: JSON.stringify(reading) } : { problems };
  }

  private toProblem(path: readonly string[], value: unknown, message: string): LineProblem {
    // A member that is missing, or one too many, is said of the object that it is about.
    const [, member, fault] = /^Field "(.*)" (of required type|is not defined)/s.exec(message) ?? [];
    if (member === undefined) return wrongType(path, `must be ${this.ruleAt(path)}, is ${shown(value)}`);
    return wrongType([...path, member], fault === 'is not defined' ? 'is no member of a reading' : 'is missing');
  }

  private ruleAt(path: readonly string[]): string {
    const type = path.reduce<GraphQLNamedInputType>(
      (type, member) => (isInputObjectType(type) ? getNamedType(type.getFields()[member]!.type) : type),
      this.type,
    );
    if (isInputObjectType(type)) return 'an object';
    if (isEnumType(type)) return `one of ${namesOf(type).join(', ')}`;
    return SCALARS[type.name] ?? type.name;
  }
}

function* valuesOf(
  type: GraphQLInputObjectType,
  path: readonly string[],
  isNeeded = true,
): Generator<[column: string, KindValue]> {
  const fields = type.getFields();
  const owner = 'value' in fields ? path.at(-1) : undefined;
  for (const field of Object.values(fields)) {
    const { name } = field;
    const isRequired = isNeeded && isRequiredInputField(field);
    const inner = getNullableType(field.type);
    if (isInputObjectType(inner)) yield* valuesOf(inner, [...path, name], isRequired);
    else if (owner === undefined) yield [name, { path: [...path, name], type: inner, isRequired }];
    else if (name === 'value') yield [owner, { path: [...path, name], type: inner, isRequired }];
    else {
      const of = { column: owner, isRequired: isRequiredInputField(field) };
      yield [
        `${owner}${name[0]!.toUpperCase()}${name.slice(1)}`,
        { path: [...path, name], type: inner, isRequired, of },
      ];
    }
  }
}

function namesOf(type: GraphQLEnumType): string[] {
  return type.getValues().map(({ name }) => name);
}

/** The value of a unit as people write it, e.g. `mmol/L`, which ends its description in brackets; any other text as it is. */
export function enumValueOf(type: GraphQLEnumType, text: string): string {
  const meant = type.getValues().find(({ description }) => description?.endsWith(`(${text}).`));
  return meant?.name ?? text;
}

export function wrongType(path: readonly string[], rule: string): LineProblem {
  return { code: WRONG_TYPE, message: `${path.join('.')} ${rule}.`, path };
}

/** A value in a message: quoted, and cut when it is long. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
}
