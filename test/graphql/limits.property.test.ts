import fc from 'fast-check';
import {
  type DocumentNode,
  executeSync,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type InlineFragmentNode,
  isCompositeType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  visit,
} from 'graphql';
import { measureOperation } from '../../src/platform/operation/limits';
import { operationCost } from './operation-cost';
import type { OperationMeasures } from '../../src/platform/operation/limits.measure';
import { schema } from './limits.schema';

const FRAGMENTS = 6;

/** Object fields per type, as written in a document; PAGE is replaced by a page size. */
const OBJECT_FIELDS: Record<string, readonly (readonly [field: string, type: string])[]> = {
  Query: [
    ['node(id: 1)', 'Node'],
    ['nodes(ids: [1, 2])', 'Node'],
    ['device', 'Device'],
    ['devices(PAGE)', 'DeviceConnection'],
  ],
  Node: [],
  Device: [
    ['identifiers', 'Identifier'],
    ['site', 'Site'],
    ['patient', 'Patient'],
    ['associations(PAGE)', 'AssociationConnection'],
    ['history(first: 2)', 'Change'],
    ['latestReading', 'Reading'],
  ],
  Site: [['devices(PAGE)', 'DeviceConnection']],
  Patient: [
    ['site', 'Site'],
    ['associations(PAGE)', 'AssociationConnection'],
  ],
  Association: [
    ['device', 'Device'],
    ['patient', 'Patient'],
  ],
  Reading: [['device', 'Device']],
  Identifier: [],
  Change: [['device', 'Device']],
  PageInfo: [],
  DeviceEdge: [['node', 'Device']],
  DeviceConnection: [
    ['nodes', 'Device'],
    ['edges', 'DeviceEdge'],
    ['pageInfo', 'PageInfo'],
  ],
  AssociationConnection: [
    ['nodes', 'Association'],
    ['pageInfo', 'PageInfo'],
  ],
};
const CONDITIONS: Record<string, readonly string[]> = {
  Node: ['Node', 'Device', 'Association', 'Reading'],
  Device: ['Node', 'Device'],
  Reading: ['Node', 'Reading'],
};

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Documents whose fragments spread only fragments with a higher number, so that none is recursive. */
const documents: fc.Arbitrary<DocumentNode> = fc.gen().map((gen) => {
  const types = Array.from({ length: FRAGMENTS }, () => gen(oneOf<string>, Object.keys(OBJECT_FIELDS)));
  let aliases = 0;

  const directive = (): string =>
    gen(oneOf<string>, ['', '', '', '@mark', '@mark @skip(if: false)', '@include(if: $no)', '@skip(if: $no)']);

  const selectionSet = (type: string, level: number, fragment: number): string => {
    const selections = Array.from({ length: gen(fc.integer, { min: 1, max: 3 }) }, () =>
      selection(type, level, fragment),
    );
    return `{ ${selections.join(' ')} }`;
  };

  const selection = (type: string, level: number, fragment: number): string => {
    const kind = gen(oneOf<string>, ['leaf', 'object', 'object', 'inline', 'spread', 'spread']);
    const fields = OBJECT_FIELDS[type]!;
    if (kind === 'object' && fields.length > 0 && level < 4) {
      const [field, fieldType] = gen(oneOf<(typeof fields)[number]>, fields);
      const page = `${gen(oneOf<string>, ['first', 'last'])}: ${gen(oneOf<string>, ['0', '1', '2', '$size'])}`;
      // Always with a unique alias: merged fields cost more than the returned objects, and may conflict.
      return `a${aliases++}: ${field.replace('PAGE', page)} ${directive()} ${selectionSet(fieldType, level + 1, fragment)}`;
    }
    if (kind === 'inline' && level < 4) {
      const condition = gen(oneOf<string>, CONDITIONS[type] ?? [type]);
      return `... on ${condition} ${directive()} ${selectionSet(condition, level + 1, fragment)}`;
    }
    const spreadable = [...types.keys()].filter((index) => index > fragment && types[index] === type);
    if (kind === 'spread' && spreadable.length > 0) return `...F${gen(oneOf<number>, spreadable)} ${directive()}`;
    return `${gen(oneOf<string>, ['__typename', 'b: __typename'])} ${directive()}`;
  };

  const operation = `query ($size: Int = 2, $no: Boolean! = false) ${gen(oneOf<string>, ['', '@mark'])} ${selectionSet('Query', 0, -1)}`;
  const fragments = types.map(
    (type, index) =>
      `fragment F${index} on ${type} ${gen(oneOf<string>, ['', '@mark'])} ${selectionSet(type, 1, index)}`,
  );
  return parse([operation, ...fragments].join('\n'), { noLocation: true });
});

/** The document with each spread replaced by the content of its fragment. */
function inline(document: DocumentNode): DocumentNode {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const expand = <Node extends OperationDefinitionNode | FragmentDefinitionNode>(node: Node): Node =>
    visit<Node>(node, {
      FragmentSpread(spread): InlineFragmentNode {
        const fragment = expand(fragments.get(spread.name.value)!);
        const { typeCondition, selectionSet } = fragment;
        const directives = [...(spread.directives ?? []), ...(fragment.directives ?? [])];
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
      },
    });
  return { kind: Kind.DOCUMENT, definitions: [expand(operationOf(document))] };
}

function operationOf(document: DocumentNode): OperationDefinitionNode {
  return document.definitions[0] as OperationDefinitionNode;
}

/** Counts the nodes of a document without named fragments. */
function countNodes(document: DocumentNode): Pick<OperationMeasures, 'depth' | 'aliases' | 'directives'> {
  const found = { depth: 0, aliases: 0, directives: 0 };
  let level = 0;
  visit(document, {
    Directive() {
      found.directives++;
    },
    Field: {
      enter(field) {
        found.depth = Math.max(found.depth, ++level);
        if (field.alias) found.aliases++;
      },
      leave() {
        level--;
      },
    },
  });
  return found;
}

/** Executes the operation and counts the objects and a tenth of the scalars of the result. Each list has the length of its page or its ids, or 10. */
function countObjects(document: DocumentNode, typeName: string): number {
  let objects = 0;
  const make = (returned: GraphQLNamedType, size: number): { __typename: string; size: number } => {
    objects++;
    return { __typename: returned.name === 'Reading' ? 'OxygenReading' : typeName, size };
  };
  const lengthOf = (source: unknown, args: Record<string, unknown>): number => {
    const requested = args.first ?? args.last ?? (args.ids as unknown[] | undefined)?.length;
    return (requested as number | undefined) ?? (source as { size: number } | undefined)?.size ?? 10;
  };
  const fieldResolver: GraphQLFieldResolver<unknown, unknown, Record<string, unknown>> = (source, args, _, info) => {
    const type: GraphQLOutputType = getNullableType(info.returnType);
    const named = getNamedType(type);
    if (!isCompositeType(named)) return '1';
    const length = lengthOf(source, args);
    if (isListType(type)) return Array.from({ length }, () => make(named, 10));
    return make(named, 'first' in args || 'last' in args ? length : 10);
  };
  const { data, errors } = executeSync({ schema, document, fieldResolver });
  expect(errors).toBeUndefined();
  return Math.ceil((10 * objects + countScalars(data)) / 10);
}

function countScalars(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner: unknown) => sum + countScalars(inner), 0);
}

describe('limits of the expanded operation', () => {
  const runs = { seed: 20_261_129, numRuns: 300 };

  it('a document with fragments has the same measures and cost as its expansion', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const inlined = inline(document);
        expect(measureOperation(schema, document, operationOf(document), {})).toMatchObject(countNodes(inlined));
        expect(operationCost(schema, document, null, {})).toBe(operationCost(schema, inlined, null, {}));
      }),
      runs,
    );
  });

  it('the cost is at least the number of objects and scalars in the result, whatever the type behind an interface', () => {
    let exact = 0;
    fc.assert(
      fc.property(
        documents,
        fc.constantFrom('Device', 'Site', 'Patient', 'Association', 'OxygenReading'),
        (document, typeName) => {
          const cost = operationCost(schema, document, null, {});
          fc.pre(cost < 5_000);
          const objects = countObjects(document, typeName);
          if (objects === cost && cost > 1) exact++;
          if (objects > cost) throw new Error(`${objects} objects cost ${cost}:\n${print(document)}`);
        },
      ),
      runs,
    );
    expect(exact).toBeGreaterThan(runs.numRuns / 10);
  });
});
