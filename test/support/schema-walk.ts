import {
  astFromValue,
  print,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLNamedInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

export type Field = GraphQLField<unknown, unknown>;

/** The object types of the schema that have a global id. */
export function nodeTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && isNodeType(type));
}

/** Whether the type is an object type with a global id, or an interface of such types. */
export function isNodeType(type: GraphQLNamedType): type is GraphQLObjectType | GraphQLInterfaceType {
  return (isObjectType(type) || isInterfaceType(type)) && type.getInterfaces().some(({ name }) => name === 'Node');
}

/**
 * The complete selection of a type: its leaf fields and the objects that are not nodes. Nodes are followed up to `depth`, and
 * connections with their first two nodes. For an interface, selects the common fields and the fields of each type. For Node, only
 * the id.
 */
export function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth = 1): string {
  if (!isCompositeType(type)) return '';
  if (isUnionType(type) || type.name === 'Node') return '{ __typename id }';
  const fields = fieldsOf(type).map((field) => selectionOfField(schema, type, field, depth));
  if (isObjectType(type)) return `{ __typename ${fields.join(' ')} }`;
  const ofTypes = schema.getPossibleTypes(type).map((object) => {
    const further = fieldsOf(object).filter(({ name }) => !(name in type.getFields()));
    return `... on ${object.name} { __typename ${further.map((field) => selectionOfField(schema, object, field, depth)).join(' ')} }`;
  });
  return `{ __typename ${[...fields, ...ofTypes].join(' ')} }`;
}

function fieldsOf(type: GraphQLObjectType | GraphQLInterfaceType): Field[] {
  return Object.values(type.getFields());
}

function selectionOfField(schema: GraphQLSchema, parent: GraphQLNamedType, field: Field, depth: number): string {
  const below = getNamedType(field.type);
  const called = withRequiredArguments(parent, field);
  if (isLeafType(below)) return called;
  if (isConnection(field)) return depth > 0 ? `${field.name}(first: 2) ${selectionOf(schema, below, depth - 1)}` : '';
  // `nodes` has the same selection.
  if (parent.name.endsWith('Edge') && isNodeType(below)) return `${field.name} { __typename id }`;
  if (isNodeType(below) && !holdsNodes(parent)) {
    return depth > 0 ? `${field.name} ${selectionOf(schema, below, depth - 1)}` : '';
  }
  return `${called} ${selectionOf(schema, below, depth)}`;
}

/** A connection or an event of a stream. Its nodes do not increase the depth. */
function holdsNodes(parent: GraphQLNamedType): boolean {
  if (parent.name.endsWith('Connection')) return true;
  return isObjectType(parent) && parent.getInterfaces().some(({ name }) => name === 'StreamEvent');
}

const DAY_MS = 24 * 3_600_000;
const daysFromNow = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

/** Arguments for fields with required arguments. */
export const REQUIRED_ARGUMENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'Patient.readingTrend': {
    kind: 'WEIGHT',
    period: { from: daysFromNow(-2), to: daysFromNow(2) },
    bucket: 'DAY',
  },
};

/**
 * `field`, or `field(…)` if it has required arguments.
 *
 * @throws Error when REQUIRED_ARGUMENTS does not have the field's arguments
 */
export function withRequiredArguments(parent: GraphQLNamedType, field: Field): string {
  if (!field.args.some(isRequiredArgument)) return field.name;
  const given = REQUIRED_ARGUMENTS[`${parent.name}.${field.name}`];
  if (given === undefined) throw new Error(`Add the arguments of ${parent.name}.${field.name} to REQUIRED_ARGUMENTS.`);
  const texts = Object.entries(given).map(([name, value]) => {
    const { type } = field.args.find((argument) => argument.name === name)!;
    return `${name}: ${print(astFromValue(value, type)!)}`;
  });
  return `${field.name}(${texts.join(', ')})`;
}

export function isConnection(field: Field): boolean {
  return field.args.some(({ name }) => name === 'first') && getNamedType(field.type).name.endsWith('Connection');
}

/** A value in the arguments of a field, possibly in a nested input. */
export interface Slot {
  /** E.g. `filter.siteId`. */
  path: string[];
  /** The input type with the field; undefined for an argument. */
  owner: string | undefined;
  type: GraphQLNamedInputType;
  isList: boolean;
  isRequired: boolean;
}

export function slotsOf(args: readonly GraphQLArgument[]): Slot[] {
  return args.flatMap((argument) =>
    slotsBelow([argument.name], undefined, argument.type, isRequiredArgument(argument)),
  );
}

function slotsBelow(path: string[], owner: string | undefined, type: GraphQLInputType, isRequired: boolean): Slot[] {
  const named = getNamedType(type);
  if (!isInputObjectType(named)) return [{ path, owner, type: named, isList: isListOf(type), isRequired }];
  if (path.length > 6) throw new Error(`The input ${named.name} is too deep.`);
  return Object.values(named.getFields()).flatMap((member) =>
    slotsBelow([...path, member.name], named.name, member.type, isRequired && isRequiredInputField(member)),
  );
}

function isListOf(type: GraphQLInputType): boolean {
  return isListType(getNullableType(type));
}

/** The variables of a field with these values: `{ filter: { siteIds: ['1'] } }`. Lists of inputs get one item. */
export function variablesOf(
  args: readonly GraphQLArgument[],
  values: ReadonlyMap<Slot, unknown>,
): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  for (const [slot, value] of values) {
    let place = variables;
    for (const name of slot.path.slice(0, -1)) place = (place[name] ??= {}) as Record<string, unknown>;
    place[slot.path.at(-1)!] = value;
  }
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, shaped(args.find((a) => a.name === name)!.type, value)]),
  );
}

/** Wraps the item of a list of inputs in a list. */
function shaped(type: GraphQLInputType, value: unknown): unknown {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || typeof value !== 'object' || value === null) return value;
  const members = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shaped(named.getFields()[name]!.type, member)]),
  );
  return isListOf(type) ? [members] : members;
}

/**
 * `field($filter…)` with each given argument as a variable of its name, and the declarations for the operation.
 *
 * @param prefix of the variables' names, to allow several calls in one operation
 */
export function callOf(
  field: Field,
  variables: Readonly<Record<string, unknown>>,
  prefix = '',
): { call: string; declarations: string[] } {
  const given = field.args.filter(({ name }) => name in variables);
  const list = given.map(({ name }) => `${name}: $${prefix}${name}`).join(', ');
  return {
    call: list === '' ? field.name : `${field.name}(${list})`,
    declarations: given.map(({ name, type }) => `$${prefix}${name}: ${String(type)}`),
  };
}
