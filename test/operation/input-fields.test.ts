import { buildSchema, isListType, type GraphQLInputObjectType } from 'graphql';
import { fieldsThatContain } from '../../src/platform/operation/input-fields';

it('finds the fields that contain lists at any depth, also of types that contain each other', () => {
  const schema = buildSchema(`
    type Query { field(order: Order, point: Point): Int }
    input Order { note: String!, lines: [Line!]!, owner: Person, place: Point }
    input Line { count: Int! }
    input Person { name: String, order: Order, friend: Person }
    input Point { x: Int, next: Point }
  `);
  const fieldsOf = fieldsThatContain(isListType);
  const namesOf = (type: string) => fieldsOf(schema.getType(type) as GraphQLInputObjectType).map(({ name }) => name);
  const found = ['Person', 'Order', 'Line', 'Point', 'Person'].map(namesOf);
  expect(found).toEqual([['order', 'friend'], ['lines', 'owner'], [], [], ['order', 'friend']]);
});
