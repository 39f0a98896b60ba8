import type { GraphQLScalarType } from 'graphql';
import { ArgsType, Field, InputType, InterfaceType, ObjectType, type ClassType } from 'type-graphql';
import { Counts, Weighs, type Weight } from '../operation/field-extensions';
import { MaxItems } from '../operation/list-bounds';
import { DatabaseId, Node, type NodeRow } from './node.type';

/** The type of a field: a scalar, an enum, another type, or a list of one. */
export type TypeOfField = StringConstructor | BooleanConstructor | GraphQLScalarType | object | readonly [object];

/** The TypeScript type of a field's values. */
export type ValueOf<Type> = Type extends StringConstructor
  ? string
  : Type extends BooleanConstructor
    ? boolean
    : Type extends GraphQLScalarType<infer Value, infer _Sent>
      ? Value
      : Type extends readonly [infer Item]
        ? ValueOf<Item>[]
        : Type extends abstract new () => infer Instance
          ? Instance
          : Type extends Readonly<Record<string, string>>
            ? Type[keyof Type]
            : object;

/** A field whose value is a member of its object, unchanged. */
export interface MemberField<Value, Nullable extends boolean = boolean> {
  readonly type: TypeOfField;
  readonly description: string;
  readonly nullable: Nullable;
  /** The value of an input that is omitted, shown in the schema. */
  readonly defaultValue?: unknown;
  /** Name of the limit of its length, for an input that is a list. Each has one; see list-bounds.ts. */
  readonly limit?: string;
  /** What the field costs, if more than other scalars. */
  readonly weight?: Weight;
  /** Whether the field counts rows, see `Counts`. */
  readonly isCount?: boolean;
  /** For the compiler only: a nullable column must not have a non-null field. */
  readonly accepts?: (value: Value) => void;
}

export type MemberFields = Readonly<Record<string, MemberField<never>>>;

interface MemberOptions {
  /** Name of the limit of a list's length. */
  limit?: string;
  /** What the field costs, if more than other scalars. */
  weight?: Weight;
  /** Whether the field counts rows. */
  isCount?: boolean;
}

/** A field that is never null, or an input that is required. */
export function required<const Type extends TypeOfField>(
  type: Type,
  description: string,
  { limit, weight, isCount }: MemberOptions = {},
): MemberField<ValueOf<Type>, false> {
  return { type, description, nullable: false, limit, weight, isCount };
}

/** A field that may be null, or an input that may be omitted. */
export function optional<const Type extends TypeOfField>(
  type: Type,
  description: string,
  { defaultValue, limit, weight }: { defaultValue?: NoInfer<ValueOf<Type>> } & MemberOptions = {},
): MemberField<ValueOf<Type> | null | undefined, true> {
  return { type, description, nullable: true, defaultValue, limit, weight };
}

/** An input that may be omitted and is never null: `manual: Boolean! = false`. */
export function defaulted<const Type extends TypeOfField>(
  type: Type,
  defaultValue: NoInfer<ValueOf<Type>>,
  description: string,
): MemberField<ValueOf<Type>, false> {
  return { type, description, nullable: false, defaultValue };
}

type ValueOfField<Member> = Member extends MemberField<infer Value> ? Value : never;

type OptionalMember<Fields> = {
  [Member in keyof Fields]: Fields[Member] extends MemberField<never, true> ? Member : never;
}[keyof Fields];

/** The value of an input: a member that may be omitted may also be null. */
export type InputOf<Fields> = {
  -readonly [Member in Exclude<keyof Fields, OptionalMember<Fields>>]: ValueOfField<Fields[Member]>;
} & { -readonly [Member in OptionalMember<Fields>]?: ValueOfField<Fields[Member]> };

/** An input type; its TypeScript type is `InstanceType<typeof It>`. */
export function inputType<const Fields extends MemberFields>(
  name: string,
  description: string,
  fields: Fields,
): new () => InputOf<Fields> {
  const type = declare(name, InputType(name, { description }), fields) as new () => InputOf<Fields>;
  INPUTS.set(type, { description, fields });
  return type;
}

/** Declarations of inputs, by their classes. */
const INPUTS = new WeakMap<new () => object, { description: string; fields: MemberFields }>();

/**
 * The input of a mutation as an entry of its bulk form: `AssociateDeviceEntryInput`. It has the same members, but not the
 * `idempotencyKey`, which belongs to a call.
 */
export function entryOf<Input extends object>(input: new () => Input): new () => Input {
  const { description, fields } = INPUTS.get(input)!;
  return inputType(input.name.replace(/Input$/, 'EntryInput'), description, fields) as new () => Input;
}

/** The arguments of a field. */
export function argumentsType<const Fields extends MemberFields>(fields: Fields): new () => InputOf<Fields> {
  return declare('Arguments', ArgsType(), fields) as new () => InputOf<Fields>;
}

/** The fields of a type that are members of its rows, e.g. columns. A column is public only if it is listed here. */
export type FieldsOf<Row> = { readonly [Member in keyof Row]?: MemberField<Row[Member]> };

type Interface = abstract new () => object;

/** An object type that does not implement Node. */
export function objectType<Row extends object>(
  name: string,
  description: string,
  fields: FieldsOf<Row>,
  implemented?: Interface,
): ClassType<Row> {
  const decorator = ObjectType(name, {
    description,
    simpleResolvers: true,
    ...(implemented && { implements: implemented }),
  });
  const type = implemented && class extends (implemented as ClassType) {};
  return declare(name, decorator, fields as MemberFields, type) as ClassType<Row>;
}

/** An interface of object types that do not implement Node. Where a field has the interface as its type, rows have `__typename`. */
export function plainInterfaceType<Row extends object>(
  name: string,
  description: string,
  fields: FieldsOf<Row>,
): abstract new () => Row {
  return declare(
    name,
    InterfaceType(name, { description }),
    fields as MemberFields,
  ) as unknown as abstract new () => Row;
}

/** An object type that implements Node, or an interface that does. */
export function nodeType<Row extends object>(
  name: string,
  description: string,
  fields: FieldsOf<Row>,
  implemented: Interface = Node,
): ClassType<Row> {
  const decorator = ObjectType(name, { implements: implemented, description, simpleResolvers: true });
  const type = class extends (implemented as typeof Node) {};
  if (implemented === Node) DatabaseId()(type.prototype, 'databaseId');
  return declare(name, decorator, fields as MemberFields, type) as ClassType<Row>;
}

/** An interface of nodes, whose rows have `__typename`. */
export function interfaceType<Row extends NodeRow>(
  name: string,
  description: string,
  fields: FieldsOf<Row>,
): ClassType<Row> {
  const resolveType = (row: NodeRow) => row.__typename;
  const decorator = InterfaceType(name, { implements: Node, description, resolveType });
  const type = class extends Node {};
  DatabaseId()(type.prototype, 'databaseId');
  return declare(name, decorator, fields as MemberFields, type) as ClassType<Row>;
}

function declare(
  name: string,
  decorator: ClassDecorator,
  fields: MemberFields,
  type: ClassType | (new () => object) = class {},
): ClassType {
  Object.defineProperty(type, 'name', { value: name });
  decorator(type);
  for (const [member, field] of Object.entries(fields)) {
    const { description, nullable, defaultValue, limit, weight, isCount } = field;
    const prototype = type.prototype as object;
    Field(() => field.type as ClassType, { description, nullable, defaultValue })(prototype, member);
    if (limit !== undefined) MaxItems(limit)(prototype, member);
    if (isCount) Counts()(prototype, member);
    if (weight !== undefined) Weighs(weight)(prototype, member);
  }
  return type as ClassType;
}
