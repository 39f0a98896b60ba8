import { Kind, visit, type DocumentNode, type OperationDefinitionNode, type ValueNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../access/caller';
import { scopeKey } from '../db/scope';
import type { Statement } from '../db/statement';
import { definitionsOf } from '../operation/definitions';
import type { RawVariables } from '../operation/limits.sizes';

const MAX_KNOWN = 500;
/** Of the texts of all statements. */
const MAX_CHARACTERS = 4_000_000;
const MAX_KEY_LENGTH = 500;

/** A statement that reads one node. */
export interface KnownRead {
  /** Key in the result, as JSON. */
  readonly key: string;
  readonly statement: Statement;
  /** Which of its values are the id. */
  readonly idPlaces: readonly number[];
}

/** What identifies a read, and the id of its node. */
export interface ReadKey {
  readonly text: string;
  /** As sent. */
  readonly id: unknown;
}

interface OperationKey {
  readonly number: number;
  readonly variable: string;
  readonly others: readonly string[];
}

/**
 * Statements of operations that read one node by a variable that is used for nothing else. For another node, the statement is the same
 * except for the id.
 *
 * What else a statement depends on is in its key: the operation, the role and the scope of the caller, and all other variables. So no
 * statement of one customer is ever carried out for another, although row-level security would return nothing.
 */
export class KnownReads {
  private readonly operations = new WeakMap<OperationDefinitionNode, OperationKey | false>();
  private readonly reads = new LRUCache<string, KnownRead>({
    max: MAX_KNOWN,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ statement }) => statement.text.length,
  });
  private count = 0;

  get(key: ReadKey): KnownRead | undefined {
    return this.reads.get(key.text);
  }

  set(key: ReadKey, read: KnownRead): void {
    this.reads.set(key.text, read);
  }

  /** Undefined for an operation that is not of this kind. */
  keyOf(
    { role, scope }: Caller,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: RawVariables,
  ): ReadKey | undefined {
    let known = this.operations.get(operation);
    if (known === undefined) {
      const found = nodeVariable(document, operation);
      known = found !== undefined && { ...found, number: (this.count += 1) };
      this.operations.set(operation, known);
    }
    if (!known || variables == null) return undefined;
    let text = `${known.number} ${role} ${scopeKey(scope)}`;
    for (const name of known.others) {
      text += Object.hasOwn(variables, name) ? ` ${JSON.stringify(variables[name])}` : ' -';
      if (text.length > MAX_KEY_LENGTH) return undefined;
    }
    return { text, id: Object.hasOwn(variables, known.variable) ? variables[known.variable] : undefined };
  }
}

/** The variable that is the `id` of the only root field, if it is used nowhere else, and the other variables. */
function nodeVariable(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Pick<OperationKey, 'variable' | 'others'> | undefined {
  const [field, ...more] = operation.selectionSet.selections;
  if (field?.kind !== Kind.FIELD || more.length > 0 || (field.directives ?? []).length > 0) return undefined;
  const value: ValueNode | undefined = field.arguments?.find(({ name }) => name.value === 'id')?.value;
  if (value?.kind !== Kind.VARIABLE) return undefined;
  const variable = value.name.value;
  let uses = 0;
  for (const definition of definitionsOf(document, operation))
    visit(definition, {
      VariableDefinition: () => false as const,
      Variable: ({ name }) => void (uses += name.value === variable ? 1 : 0),
    });
  if (uses !== 1) return undefined;
  const names = (operation.variableDefinitions ?? []).map((definition) => definition.variable.name.value);
  return { variable, others: names.filter((name) => name !== variable) };
}
