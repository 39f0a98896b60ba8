import {
  getNullableType,
  GraphQLID,
  GraphQLString,
  isInputObjectType,
  isListType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
} from 'graphql';
import { ruleOfId } from '../base/global-id';
import { InvalidValue } from '../base/invalid-value';
import { normalText } from '../base/normal-text';
import { ruleOfText } from '../base/utf8';

/** Arguments and members whose texts are passed as they were sent: a program made them, and their own rules refuse other forms. */
export const EXACT_TEXTS: ReadonlySet<string> = new Set(['after', 'before', 'idempotencyKey']);

type Values = Readonly<Record<string, unknown>>;
type Normalize = (value: unknown) => unknown;
type Known = WeakMap<GraphQLInputType, Normalize | undefined>;

/**
 * Makes the function that brings the texts among the arguments of a field to normal form, at any depth: what is written, looked up,
 * filtered and referenced by the same text is the same. A text that should be an id and is none becomes an `InvalidValue`, so that it
 * is refused together with all other invalid values. A new argument or member needs no declaration; only those of `EXACT_TEXTS`
 * differ. Undefined when no argument is or contains a text.
 */
export function argumentsNormalizer(args: readonly GraphQLArgument[]): ((values: Values) => Values) | undefined {
  return membersNormalizer(args, known) as ((values: Values) => Values) | undefined;
}

/** Texts that PostgreSQL cannot store have a rule of their own. */
function checkedId(value: string): string | InvalidValue {
  const rule = ruleOfText(value) === undefined ? ruleOfId(value) : undefined;
  return rule === undefined ? value : new InvalidValue(rule);
}

const known: Known = new WeakMap();

/** Undefined when no member is or contains a text. */
function membersNormalizer(
  members: readonly (GraphQLArgument | GraphQLInputField)[],
  known: Known,
): Normalize | undefined {
  const normalizers = members.flatMap(({ name, type }) => {
    const normalize = EXACT_TEXTS.has(name) ? undefined : normalizerOf(type, known);
    return normalize ? [[name, normalize] as const] : [];
  });
  if (normalizers.length === 0) return undefined;
  return (value) => {
    // A value of the wrong type in an entry of a bulk call is an InvalidValue, which is refused later.
    if (typeof value !== 'object' || value === null) return value;
    const given = value as Values;
    let changed: Record<string, unknown> | undefined;
    for (const [name, normalize] of normalizers) {
      const inner = given[name];
      const normal = inner == null ? inner : normalize(inner);
      if (normal !== inner) (changed ??= { ...given })[name] = normal;
    }
    return changed ?? value;
  };
}

function normalizerOf(type: GraphQLInputType, known: Known): Normalize | undefined {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const normalize = normalizerOf(nullable.ofType, known);
    return normalize && ((value) => (Array.isArray(value) ? normalizeItems(value, normalize) : value));
  }
  // By name: the entries of bulk calls have copies of scalars, see entry-values.ts.
  if (nullable.name === GraphQLString.name) return (value) => (typeof value === 'string' ? normalText(value) : value);
  if (nullable.name === GraphQLID.name) return (value) => (typeof value === 'string' ? checkedId(value) : value);
  if (!isInputObjectType(nullable)) return undefined;
  if (!known.has(nullable)) {
    // Input types may contain themselves.
    known.set(nullable, (value) => known.get(nullable)?.(value) ?? value);
    known.set(nullable, membersNormalizer(Object.values(nullable.getFields()), known));
  }
  return known.get(nullable);
}

function normalizeItems(items: readonly unknown[], normalize: Normalize): readonly unknown[] {
  let changed: unknown[] | undefined;
  items.forEach((item, index) => {
    const normal = normalize(item);
    if (normal !== item) (changed ??= [...items])[index] = normal;
  });
  return changed ?? items;
}
