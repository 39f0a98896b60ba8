import {
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

/** The operation and the fragments that it spreads, at any depth. */
export function definitionsOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Set<OperationDefinitionNode | FragmentDefinitionNode> {
  const reached = new Set<OperationDefinitionNode | FragmentDefinitionNode>([operation]);
  for (const definition of reached) {
    visit(definition, {
      FragmentSpread({ name }) {
        for (const other of document.definitions)
          if (other.kind === Kind.FRAGMENT_DEFINITION && other.name.value === name.value) reached.add(other);
      },
    });
  }
  return reached;
}

/**
 * Visits the variables of an operation where they are used, also in fragments.
 *
 * @param use called for each, with what is known of the argument that contains it
 */
export function visitVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  use: (variable: string, typeInfo: TypeInfo) => void,
): void {
  const typeInfo = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(typeInfo, {
    VariableDefinition: () => false,
    Variable: ({ name }) => use(name.value, typeInfo),
  });
  for (const definition of definitionsOf(document, operation)) visit(definition, visitor);
}
