import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeInfo,
} from 'graphql';
import { visitVariables } from './definitions';
import { measureOperation } from './limits';
import type { OperationMeasures } from './limits.measure';
import { withDefaults, type RawVariables } from './limits.sizes';

/** Measures of one operation that are kept: its variables can have many values. */
const MAX_KEPT = 4;
const MAX_KEY_LENGTH = 100;

interface Known {
  /** Variables that the cost can depend on. */
  readonly names: readonly string[];
  readonly byValues: Map<string, OperationMeasures>;
}

const known = new WeakMap<OperationDefinitionNode, Known>();

/**
 * As `measureOperation`, for an operation of a document that is used again. The same measures are returned for all values of variables
 * that the cost cannot depend on, such as the id of a device.
 */
export function knownMeasures(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: RawVariables,
): OperationMeasures {
  let ofOperation = known.get(operation);
  if (!ofOperation) {
    ofOperation = { names: decisiveVariables(schema, document, operation), byValues: new Map() };
    known.set(operation, ofOperation);
  }
  const { names, byValues } = ofOperation;
  const key = names.length === 0 ? '' : keyOf(names, withDefaults(operation, variables));
  const kept = key === undefined ? undefined : byValues.get(key);
  if (kept) return kept;
  const measures = measureOperation(schema, document, operation, variables);
  if (key !== undefined) {
    if (byValues.size >= MAX_KEPT) byValues.clear();
    byValues.set(key, measures);
  }
  return measures;
}

/** Undefined for values that are not kept, because they are long. */
function keyOf(names: readonly string[], values: Readonly<Record<string, unknown>>): string | undefined {
  let key = '';
  for (const name of names) {
    const value = values[name];
    if (!isSmall(value)) return undefined;
    key += `${JSON.stringify(value)},`;
    if (key.length > MAX_KEY_LENGTH) return undefined;
  }
  return key;
}

/** Whether a value has few levels and members. It is what the client sent, of any depth, which would exceed the stack. */
function isSmall(value: unknown, levels = 5): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  const inner = Object.values(value);
  return inner.length <= MAX_KEY_LENGTH && inner.every((one) => isSmall(one, levels - 1));
}

/**
 * All variables except those that are used only as scalar arguments: the cost depends on conditions of `@skip` and `@include`, on page
 * sizes, on what `ListLength` reads, and on the lengths of lists at any depth.
 */
function decisiveVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly string[] {
  const names = new Set<string>();
  visitVariables(schema, document, operation, (name, typeInfo) => {
    if (!isIrrelevant(typeInfo)) names.add(name);
  });
  return [...names];
}

/** Whether the cost is the same for all values of the argument. */
function isIrrelevant(typeInfo: TypeInfo): boolean {
  const [argument, field] = [typeInfo.getArgument(), typeInfo.getFieldDef()];
  // The field of an object can differ from that of its interface.
  if (isAbstractType(typeInfo.getParentType())) return false;
  if (typeInfo.getDirective() || !argument || !field || !isLeafType(getNullableType(argument.type))) return false;
  if (argument.name === 'first' || argument.name === 'last') return false;
  const length = field.extensions.length ?? getNamedType(field.type).extensions.length;
  return typeof length !== 'function';
}
