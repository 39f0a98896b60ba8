import type { FieldNode, GraphQLField, GraphQLResolveInfo } from 'graphql';
import { settledOnce } from '../base/settled-once';

type Field = GraphQLField<unknown, unknown>;
type Arguments = Readonly<Record<string, unknown>>;

/**
 * The arguments of one operation, prepared once for each of its fields. They depend on the document and on the variables, and not on
 * the parent: a field below a thousand parents has the same arguments a thousand times. What is derived from them can be kept by
 * their identity.
 */
export class PreparedArguments {
  private known: Map<FieldNode, Map<Field, () => Arguments>> | undefined;

  /**
   * @param field a node can select the fields of several types, whose arguments differ
   * @param prepare called for the first parent only. What it throws is thrown for each parent
   */
  of(node: FieldNode, field: Field, prepare: () => Arguments): Arguments {
    const known = (this.known ??= new Map<FieldNode, Map<Field, () => Arguments>>());
    let ofNode = known.get(node);
    if (!ofNode) known.set(node, (ofNode = new Map<Field, () => Arguments>()));
    let prepared = ofNode.get(field);
    if (!prepared) ofNode.set(field, (prepared = settledOnce(prepare)));
    return prepared();
  }
}

/** The arguments of a field in an operation. Without a document, as for REST, they are prepared for each call. */
export function preparedArguments(
  { prepared }: { readonly prepared?: PreparedArguments },
  info: Partial<Pick<GraphQLResolveInfo, 'fieldNodes'>> | undefined,
  field: Field,
  prepare: () => Arguments,
): Arguments {
  const node = info?.fieldNodes?.[0];
  return node && prepared ? prepared.of(node, field, prepare) : prepare();
}
