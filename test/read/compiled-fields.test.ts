import {
  getNamedType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLObjectType,
} from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { ComparedReads } from './compared-reads';

/** Fields that the executor resolves: an operation that selects one of them is not compiled. Keep the list short. */
const BY_EXECUTOR = [
  'Query.viewer',
  'Query.deviceByIdentifier',
  'Query.deviceCounts',
  'Query.orderCounts',
  'Query.patientByExternalIdentifier',
  'Query.readings',
  'Query.node',
  'Query.nodes',
  'Query.streamCursor',
];

/** Types that only these fields, mutations and subscriptions have. */
const NOT_READ = ['Viewer', 'OrderCount'];
const NOT_READ_NAME = /(Payload|Outcome|Error|Result|Event)$/;

const schema = buildGatewaySchema();
const VALUES: Readonly<Record<string, string>> = {
  id: '"7"',
  ids: '["7"]',
  identifier: '"X"',
  externalIdentifier: '"X"',
  period: '{ from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }',
};

type Field = GraphQLField<unknown, unknown>;

/** A selection of the field, with its required arguments. */
function selectionOf({ name, args, type }: Field, inner: string): string {
  const given = args.filter(isRequiredArgument).map((arg) => {
    const of = getNamedType(arg.type);
    return `${arg.name}: ${isEnumType(of) ? of.getValues()[0]!.name : VALUES[arg.name]}`;
  });
  const selected = isLeafType(getNamedType(type)) ? '' : `{ ${inner} }`;
  return `${name}${given.length > 0 ? `(${given.join(', ')})` : ''} ${selected}`;
}

/** The object types of a field's values. */
function typesOf({ type }: Field): readonly GraphQLObjectType[] {
  const named = getNamedType(type);
  if (isInterfaceType(named)) return schema.getPossibleTypes(named);
  return isObjectType(named) ? [named] : [];
}

it('every field of the schema is compiled, except of a few', async () => {
  const reads = await ComparedReads.start();
  const query = schema.getQueryType()!;
  const ways = new Map<GraphQLObjectType, (inner: string) => string>([[query, (inner) => inner]]);
  const byExecutor: string[] = [];
  try {
    // A map is walked in the order of insertion, with what is added on the way.
    for (const [type, way] of ways) {
      for (const field of Object.values(type.getFields())) {
        const { compiled } = await reads.compiled({ query: `{ ${way(selectionOf(field, '__typename'))} }` });
        if (compiled.length === 0) byExecutor.push(`${type.name}.${field.name}`);
        else
          for (const of of typesOf(field))
            if (!ways.has(of)) ways.set(of, (inner) => way(selectionOf(field, `... on ${of.name} { ${inner} }`)));
      }
    }
  } finally {
    await reads.app.stop();
  }
  expect(byExecutor).toEqual(BY_EXECUTOR);
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const roots = [query, schema.getMutationType(), schema.getSubscriptionType()];
  const unreached = types.filter((type) => !type.name.startsWith('__') && !ways.has(type) && !roots.includes(type));
  expect(unreached.map(({ name }) => name).filter((name) => !NOT_READ_NAME.test(name))).toEqual(NOT_READ);
});
