import {
  isLeafType,
  getNamedType,
  OverlappingFieldsCanBeMergedRule,
  parse,
  validate,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
} from 'graphql';
import { buildGatewaySchema } from '../../src/features';

const schema = buildGatewaySchema();

/** One selection of every field of every type behind an interface, as a search box or a store of nodes writes it. */
function conflictsBehind(interfaceName: string): string[] {
  const types = schema.getPossibleTypes(schema.getType(interfaceName) as GraphQLInterfaceType);
  const selections = types.map((type) => `... on ${type.name} { ${fieldsOf(type)} }`);
  const document = parse(`{ node(id: "1") { ${selections.join('\n')} } }`);
  const errors = validate(schema, document, [OverlappingFieldsCanBeMergedRule], { maxErrors: 10_000 });
  const names = errors.map(({ message }) => /^Fields "(\w+)" conflict/.exec(message)![1]!);
  return [...new Set(names)].sort();
}

function fieldsOf(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields());
  return fields.map(({ name, type: of }) => (isLeafType(getNamedType(of)) ? name : `${name} { __typename }`)).join(' ');
}

it.each(['Reading', 'OrderEvent'])('one selection fits everything behind %s', (name) => {
  expect(conflictsBehind(name)).toEqual([]);
});

it('one selection fits all nodes, but for the statuses and kinds, which are of different enums', () => {
  expect(conflictsBehind('Node')).toEqual(['currentStatus', 'kind', 'previousStatus', 'status']);
});
