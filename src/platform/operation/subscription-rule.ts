import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  SingleFieldSubscriptionsRule,
  type ASTVisitor,
  type DirectiveNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

const CONDITIONS = ['skip', 'include'];

/**
 * graphql-js' SingleFieldSubscriptionsRule, and the rule of the specification that it lacks: the root field of a subscription must
 * not be conditional. Without this one, it evaluates conditions without variables, and throws.
 */
export function singleFieldSubscriptions(context: ValidationContext): ASTVisitor {
  const { OperationDefinition: check } = SingleFieldSubscriptionsRule(context) as {
    OperationDefinition: (node: OperationDefinitionNode) => void;
  };
  return {
    OperationDefinition(node) {
      if (node.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const conditions = conditionsOf(context, node.selectionSet);
      const subscription = node.name ? `Subscription "${node.name.value}"` : 'Anonymous Subscription';
      const message = `${subscription} must not have @skip or @include on its root field.`;
      if (conditions.length > 0) context.reportError(new GraphQLError(message, { nodes: conditions }));
      else check(node);
    },
  };
}

/** The conditions of the selections at the root, in fragments too. */
function conditionsOf(
  context: ValidationContext,
  { selections }: SelectionSetNode,
  seen = new Set<string>(),
): DirectiveNode[] {
  return selections.flatMap((selection) => {
    const own = (selection.directives ?? []).filter(({ name }) => CONDITIONS.includes(name.value));
    if (selection.kind === Kind.FIELD) return own;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return [...own, ...conditionsOf(context, selection.selectionSet, seen)];
    const fragment = seen.has(selection.name.value) ? undefined : context.getFragment(selection.name.value);
    seen.add(selection.name.value);
    return fragment ? [...own, ...conditionsOf(context, fragment.selectionSet, seen)] : own;
  });
}
