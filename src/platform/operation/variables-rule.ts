import {
  GraphQLList,
  GraphQLNonNull,
  isListType,
  isNonNullType,
  VariablesInAllowedPositionRule,
  type ASTVisitor,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValidationContext,
} from 'graphql';

type Usages = ReturnType<ValidationContext['getRecursiveVariableUsages']>;

/**
 * graphql-js' VariablesInAllowedPositionRule, which compares types by identity, for fields whose types are copies of those in
 * the schema (see entry-values.ts).
 */
export function variablesInAllowedPosition(context: ValidationContext): ASTVisitor {
  const getRecursiveVariableUsages = (operation: OperationDefinitionNode): Usages =>
    context
      .getRecursiveVariableUsages(operation)
      .map((usage) => ({ ...usage, type: usage.type && originalOf(context.getSchema(), usage.type) }));
  return VariablesInAllowedPositionRule(
    Object.create(context, { getRecursiveVariableUsages: { value: getRecursiveVariableUsages } }) as ValidationContext,
  );
}

function originalOf(schema: GraphQLSchema, type: GraphQLInputType): GraphQLInputType {
  if (isNonNullType(type)) return new GraphQLNonNull(originalOf(schema, type.ofType) as never);
  if (isListType(type)) return new GraphQLList(originalOf(schema, type.ofType));
  return schema.getType(type.name) as GraphQLInputType;
}
