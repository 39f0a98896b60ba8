import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLInputObjectType,
} from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { connectionsOf } from '../support/connections';

/** Rules for the arguments of every list, including lists that are added later. */
const schema = buildGatewaySchema();

describe.each(connectionsOf(schema).map(({ parent, field }) => [`${parent}.${field}`, parent, field]))(
  '%s',
  (_name, parent, name) => {
    const type = schema.getType(parent);
    if (!isObjectType(type)) throw new Error(parent);
    const field = type.getFields()[name]!;
    const argument = (given: string) => field.args.find((one) => one.name === given);
    const connection = getNamedType(field.type);
    const node = isObjectType(connection) ? getNamedType(connection.getFields().nodes!.type) : connection;
    const filter = getNamedType(argument('filter')?.type) as GraphQLInputObjectType;
    const members = isInputObjectType(filter) ? Object.values(filter.getFields()) : [];

    it('has arguments for page, filter and sort', () => {
      const names = field.args.map((one) => one.name).filter((one) => one !== 'search');
      expect(names).toEqual(['first', 'after', 'last', 'before', 'filter', 'sort']);
      expect(members).not.toEqual([]);
    });

    it('has a default sort in the schema', () => {
      const sort = argument('sort')!;
      const input = getNamedType(sort.type);
      const by = isInputObjectType(input) && getNamedType(input.getFields().field!.type);
      const { field: sorted, direction } = sort.defaultValue as { field: string; direction: string };
      expect(isEnumType(by) && by.getValue(sorted)).toBeTruthy();
      expect(['ASC', 'DESC']).toContain(direction);
    });

    it('names filter members consistently: lists in the plural, ranges like the field of the node', () => {
      const fields = 'getFields' in node ? Object.keys(node.getFields()) : [];
      for (const member of members) {
        const isList = isListType(getNullableType(member.type));
        expect([member.name, member.name.endsWith('s')]).toEqual([member.name, isList]);
        if (/^Date(Time)?Range$/.test(getNamedType(member.type).name)) expect(fields).toContain(member.name);
      }
    });
  },
);

it('the description of a connection without a total says so', () => {
  for (const { parent, field, isCounted } of connectionsOf(schema)) {
    const type = schema.getType(parent);
    const connection = getNamedType((isObjectType(type) ? type.getFields() : {})[field]!.type);
    expect([connection.name, connection.description?.includes('no `totalCount`')]).toEqual([
      connection.name,
      !isCounted,
    ]);
  }
});
