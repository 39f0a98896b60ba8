import {
  isAbstractType,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type TypeInfo,
} from 'graphql';
import { SharedCache } from '../base/shared-cache';
import { scopeKey } from '../db/scope';
import type { Caller } from '../access/caller';
import type { FieldSource } from '../graphql/fields';
import type { QuerySource } from '../graphql/queries';
import { definitionsOf, visitVariables } from '../operation/definitions';

const MAX_BYTES = 16 * 1024 * 1024;
/** Part of the cache that the documents of one customer, or of all operators, may take. */
const SHARE = 1 / 4;
const MAX_KEY_LENGTH = 500;
/** A node of a document. */
const NODE_BYTES = 200;

/** How a plan depends on a variable: on its value, on whether it is given or zero, or not at all. */
type Dependence = 'value' | 'presence' | 'none';

interface Operation {
  readonly number: number;
  readonly dependences: readonly (readonly [variable: string, Exclude<Dependence, 'none'>])[];
  /** Of its nodes in memory. */
  readonly bytes: number;
}

/**
 * What operations were compiled to. A plan serves all requests with the same operation, role, and variables that decide what is
 * selected. It has no values of a customer: the scope, conditions, ids, cursors and page sizes are those of each run.
 */
export class KeptPlans<Plan extends { readonly bytes: number }> {
  private readonly operations = new WeakMap<OperationDefinitionNode, Operation>();
  private readonly plans: SharedCache<Plan>;
  private count = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    maxBytes = MAX_BYTES,
  ) {
    this.plans = new SharedCache({ maxBytes, maxBytesPerOwner: maxBytes * SHARE });
  }

  get(key: string): Plan | undefined {
    return this.plans.get(key);
  }

  /** Keeps a plan in the share of the caller that compiled it. */
  keep({ scope }: Caller, operation: OperationDefinitionNode, key: string, plan: Plan): void {
    const { bytes } = this.operations.get(operation)!;
    this.plans.add(scopeKey(scope), key, plan, bytes + plan.bytes);
  }

  /**
   * @param variables coerced
   * @returns undefined for a plan that depends on long values
   */
  keyOf(
    { role, scope }: Caller,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): string | undefined {
    const { number, dependences } = this.operationOf(document, operation);
    let key = `${number} ${role} ${scope.kind}`;
    for (const [name, dependence] of dependences) {
      const value = variables[name];
      key += ` ${dependence === 'value' && value !== undefined ? JSON.stringify(value) : presenceOf(value)}`;
      if (key.length > MAX_KEY_LENGTH) return undefined;
    }
    return key;
  }

  private operationOf(document: DocumentNode, operation: OperationDefinitionNode): Operation {
    let known = this.operations.get(operation);
    if (!known) {
      known = { number: (this.count += 1), ...dependencesOf(this.schema, document, operation) };
      this.operations.set(operation, known);
    }
    return known;
  }
}

function presenceOf(value: unknown): string {
  if (value === undefined) return '-';
  return value === null ? 'null' : value === 0 ? '0' : '+';
}

function dependencesOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Pick<Operation, 'dependences' | 'bytes'> {
  const strongest = new Map<string, Dependence>();
  visitVariables(schema, document, operation, (name, typeInfo) => {
    const [known, ofArgument] = [strongest.get(name) ?? 'none', dependenceOn(typeInfo)];
    strongest.set(name, known === 'value' || ofArgument === 'none' ? known : ofArgument);
  });
  let nodes = 0;
  for (const definition of definitionsOf(document, operation)) visit(definition, { enter: () => void (nodes += 1) });
  const dependences = [...strongest].flatMap(([name, dependence]) =>
    dependence === 'none' ? [] : [[name, dependence] as const],
  );
  return { dependences, bytes: nodes * NODE_BYTES };
}

/** How a plan depends on an argument: see `ListAt`, and the fields that read their arguments in each run. */
function dependenceOn(typeInfo: TypeInfo): Dependence {
  const [argument, field] = [typeInfo.getArgument(), typeInfo.getFieldDef()];
  // The field of an object can differ from that of its interface.
  if (typeInfo.getDirective() || !argument || !field || isAbstractType(typeInfo.getParentType())) return 'value';
  const { kind } = (field.extensions.source ?? {}) as Partial<FieldSource | QuerySource>;
  if (kind === 'list' && !['filter', 'search'].includes(argument.name))
    return argument.name === 'sort' ? 'value' : 'presence';
  return kind === 'list' || kind === 'counts' || kind === 'computed' || kind === 'node' ? 'none' : 'value';
}
