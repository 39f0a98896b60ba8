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

/** Names of fields that conflict when one document selects every field of every type of an interface. */
function conflictsIn(interfaceName: string): string[] {
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

it.each(['Reading', 'OrderEvent'])('one document can select all fields of all types of %s', (name) => {
  expect(conflictsIn(name)).toEqual([]);
});

it('one document can select all fields of all nodes, except statuses and kinds, which have different enums', () => {
  expect(conflictsIn('Node')).toEqual(['currentStatus', 'kind', 'previousStatus', 'status']);
});
