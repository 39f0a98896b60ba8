import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What an operation comes to once every fragment spread is replaced by the fragment's content. */
export interface OperationMeasures {
  /** Fields on the longest path from the root, both ends included: `{ device { id } }` is 2. */
  depth: number;
  /** Fields whose alias differs from their name. */
  aliases: number;
  /** Directives of any kind, those of the operation and of its variables included. */
  directives: number;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

const EMPTY: OperationMeasures = { depth: 0, aliases: 0, directives: 0 };

/** The document's fragments by name. Of two with one name (refused by UniqueFragmentNamesRule) the first counts. */
export function fragmentsByName(document: DocumentNode): Fragments {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION || fragments.has(definition.name.value)) continue;
    fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/**
 * Measures operations of one document as they are executed, not as they are written.
 *
 * Each fragment is measured once however often it is spread, so a document of n nodes takes time in O(n) even when its
 * expansion has 2^n. It may run on a document that is not valid: unknown fragments, and those that spread themselves,
 * count as empty where they recur, for other rules refuse them.
 */
export function operationMeasurer(fragments: Fragments): (operation: OperationDefinitionNode) => OperationMeasures {
  const measured = new Map<string, OperationMeasures>();

  function ofFragment(name: string): OperationMeasures {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    if (fragment === undefined) return EMPTY;
    measured.set(name, EMPTY);
    const measures = { ...ofSelectionSet(fragment.selectionSet) };
    measures.directives = saturate(measures.directives + (fragment.directives?.length ?? 0));
    measured.set(name, measures);
    return measures;
  }

  function ofSelection(selection: SelectionNode): OperationMeasures {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value);
    if (selection.selectionSet === undefined) return EMPTY;
    return ofSelectionSet(selection.selectionSet);
  }

  // A plain loop: two frames per level of the document keep the deepest that the token limit lets through off the
  // stack's end.
  function ofSelectionSet(set: SelectionSetNode): OperationMeasures {
    const total = { ...EMPTY };
    for (const selection of set.selections) {
      const inner = ofSelection(selection);
      total.aliases = saturate(total.aliases + inner.aliases);
      total.directives = saturate(total.directives + inner.directives + (selection.directives?.length ?? 0));
      if (selection.kind === Kind.FIELD) {
        if (isAliased(selection)) total.aliases = saturate(total.aliases + 1);
        total.depth = Math.max(total.depth, 1 + (isIntrospection(selection) ? 0 : inner.depth));
      } else {
        total.depth = Math.max(total.depth, inner.depth);
      }
    }
    return total;
  }

  return (operation) => {
    const measures = { ...ofSelectionSet(operation.selectionSet) };
    const onVariables = (operation.variableDefinitions ?? []).map((variable) => variable.directives?.length ?? 0);
    const onOperation = [operation.directives?.length ?? 0, ...onVariables];
    measures.directives = saturate(onOperation.reduce((sum, count) => sum + count, measures.directives));
    return measures;
  };
}

/** Sums of bombs stay exact integers instead of growing to Infinity, whose product with 0 is NaN. */
export function saturate(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

function isAliased(field: FieldNode): boolean {
  return field.alias !== undefined && field.alias.value !== field.name.value;
}

/**
 * Depth ends at `__schema` and `__type`: the standard introspection query is 15 deep, nine of it `ofType`, which unwraps
 * a type and ends after three. What does grow there, lists in lists (`types { fields { type { fields … } } }`), is
 * bounded by graphql-js' MaxIntrospectionDepthRule, one of specifiedRules, and by the cost.
 */
function isIntrospection(field: FieldNode): boolean {
  return field.name.value === '__schema' || field.name.value === '__type';
}
