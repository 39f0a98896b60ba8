import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Fields that return other values each time, or that have a limit of their own. */
const LEFT_OUT = new Set(['streamCursor', 'node', 'nodes', 'viewer', 'totalCount']);
const ARGUMENTS: Readonly<Record<string, string>> = {
  period: '{ from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }',
};

/** Random valid queries: fields with columns, links, lists, fragments, aliases, `@skip`, `@include` and variables. */
export class RandomQueries {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly random: () => number,
    /** Values of arguments named `id`. */
    private readonly ids: readonly string[],
    private readonly isChosen: (field: GraphQLField<unknown, unknown>) => boolean = () => true,
  ) {}

  next(): { query: string; variables: Record<string, unknown> } {
    const roots = Object.values(this.schema.getQueryType()!.getFields()).filter(
      (field) => !LEFT_OUT.has(field.name) && this.isChosen(field),
    );
    const fields = Array.from({ length: this.random() < 0.2 ? 2 : 1 }, (_, index) => {
      const text = this.field(this.pick(roots), 4);
      return text && (index === 0 ? text : `second: ${text.replace(/^\w+: /, '')}`);
    }).filter(Boolean);
    const body = `${fields.join(' ')} __typename @skip(if: $yes)`;
    const isSized = body.includes('$size');
    const variables = { yes: this.random() < 0.5, ...(isSized && { size: Math.floor(this.random() * 4) }) };
    return { query: `query ($yes: Boolean!${isSized ? ', $size: Int' : ''}) { ${body} }`, variables };
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)]!;
  }

  /** Empty for a field that needs an argument without a known value. */
  private field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const args: string[] = [];
    for (const arg of field.args) {
      const type = getNamedType(arg.type);
      if (arg.name === 'id') args.push(`id: "${this.pick(this.ids)}"`);
      else if (arg.name === 'first') args.push(`first: ${this.pick(['$size', '1', '2', '3'])}`);
      else if (arg.name === 'sort' && this.random() < 0.3) args.push(`sort: ${this.sortOf(type)}`);
      else if (arg.name === 'filter' && this.random() < 0.2) args.push('filter: {}');
      else if (isRequiredArgument(arg)) {
        const value = ARGUMENTS[arg.name] ?? (isEnumType(type) ? type.getValues()[0]!.name : undefined);
        if (value === undefined) return '';
        args.push(`${arg.name}: ${value}`);
      }
    }
    const given = args.length > 0 ? `(${args.join(', ')})` : '';
    const directive = this.random() < 0.1 ? ` ${this.pick(['@skip(if: $yes)', '@include(if: $yes)'])}` : '';
    const alias = this.random() < 0.06 ? `${field.name}X: ` : '';
    const type = getNamedType(field.type);
    if (isLeafType(type)) return `${alias}${field.name}${given}${directive}`;
    if (depth === 0) return '';
    const inner = this.selection(type, depth - 1);
    return inner && `${alias}${field.name}${given}${directive} ${inner}`;
  }

  private sortOf(type: GraphQLNamedType): string {
    const fields = (type as unknown as GraphQLObjectType).getFields();
    const { type: of } = fields.field!;
    const named = getNamedType(of);
    return `{ field: ${isEnumType(named) ? this.pick(named.getValues()).name : ''}, direction: ${this.pick(['ASC', 'DESC'])} }`;
  }

  private selection(type: GraphQLNamedType, depth: number): string {
    if (!isObjectType(type) && !isInterfaceType(type)) return '';
    const isConnection = /Connection$|Edge$|^PageInfo$/.test(type.name);
    const fields = Object.values(type.getFields()).filter(
      (field) => !LEFT_OUT.has(field.name) && (isConnection || this.isChosen(field)),
    );
    const chosen = fields.filter(({ name, type: of }) => {
      if (isConnection) return name === 'nodes' || this.random() < 0.1;
      const isLeaf = isLeafType(getNamedType(of)) && !isListType(getNullableType(of));
      return this.random() < (isLeaf ? 0.4 : depth > 1 ? 0.18 : 0.05);
    });
    const parts = chosen.map((field) => this.field(field, depth)).filter(Boolean);
    if (this.random() < 0.2) parts.push('__typename');
    if (isInterfaceType(type)) {
      const possible = this.pick(this.schema.getPossibleTypes(type));
      const inner = Object.values(possible.getFields())
        .filter(({ name, type: of }) => isLeafType(getNamedType(of)) && !(name in type.getFields()))
        .map((field) => this.field(field, 0))
        .filter(Boolean);
      if (inner.length > 0) parts.push(`... on ${possible.name} { ${inner.join(' ')} }`);
    } else if (parts.length > 1 && this.random() < 0.2) {
      parts.push(`... on ${type.name} { ${parts[0]!} }`);
    }
    return parts.length > 0 ? `{ ${parts.join(' ')} }` : '{ __typename }';
  }
}
