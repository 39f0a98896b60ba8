import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
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
const LEFT_OUT = new Set(['streamCursor', 'node', 'nodes']);
const ARGUMENTS: Readonly<Record<string, string>> = {
  period: '{ from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" }',
};
/** By scalar. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  Boolean: ['true', 'false'],
  String: ['"a"', '"1"', '"no such text"'],
  DateTime: ['"2026-01-01T00:00:00Z"', '"2026-11-01T00:00:00Z"', '"2027-01-01T00:00:00Z"'],
  Date: ['"1950-01-01"', '"1980-01-01"'],
};
/** The connection whose next and previous pages are read. */
export const PAGED = 'paged';

/**
 * Random valid queries: fields with columns, links, lists in both directions with filters, fragments, aliases, `@skip`, `@include` and
 * variables. One list may have the alias `paged` and the variables `$after` and `$before`.
 */
export class RandomQueries {
  private isPaged = false;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly random: () => number,
    /** Values of arguments named `id`. */
    private readonly ids: readonly string[],
    private readonly isChosen: (field: GraphQLField<unknown, unknown>) => boolean = () => true,
  ) {}

  next(): { query: string; variables: Record<string, unknown> } {
    this.isPaged = false;
    const roots = Object.values(this.schema.getQueryType()!.getFields()).filter(
      (field) => !LEFT_OUT.has(field.name) && this.isChosen(field),
    );
    const fields = Array.from({ length: this.random() < 0.2 ? 2 : 1 }, (_, index) => {
      const text = this.field(this.pick(roots), 4);
      return text && (index === 0 ? text : `second: ${text.replace(/^\w+: /, '')}`);
    }).filter(Boolean);
    const body = `${fields.join(' ')} __typename @skip(if: $yes)`;
    const given: [name: string, type: string, value: unknown][] = [
      ['yes', 'Boolean!', this.random() < 0.5],
      ['size', 'Int', Math.floor(this.random() * 4)],
      ['after', 'String', null],
      ['before', 'String', null],
    ];
    const used = given.filter(([name]) => body.includes(`$${name}`));
    const definitions = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
    return {
      query: `query (${definitions}) { ${body} }`,
      variables: Object.fromEntries(used.map(([name, , value]) => [name, value])),
    };
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.random() * items.length)]!;
  }

  /** Empty for a field that needs an argument without a known value. */
  private field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const args: string[] = [];
    const isPaged = !this.isPaged && field.args.some(({ name }) => name === 'after') && this.random() < 0.3;
    this.isPaged ||= isPaged;
    const [size] = this.random() < 0.2 ? ['last'] : ['first'];
    for (const arg of field.args) {
      const { name } = arg;
      if (name === 'id') args.push(`id: "${this.pick(this.ids)}"`);
      else if (name === size) args.push(`${size}: ${this.pick(['$size', '1', '2', '3'])}`);
      else if (name === 'after' || name === 'before') args.push(...(isPaged ? [`${name}: $${name}`] : []));
      else if (name === 'sort' && this.random() < 0.3) args.push(`sort: ${this.valueOf(arg.type)}`);
      else if (name === 'search' && this.random() < 0.1) args.push(`search: ${this.valueOf(arg.type)}`);
      else if (name === 'filter' && this.random() < 0.3) args.push(`filter: ${this.valueOf(arg.type)}`);
      else if (!isRequiredArgument(arg) && isEnumType(getNamedType(arg.type)) && this.random() < 0.4)
        args.push(`${name}: ${this.valueOf(arg.type)}`);
      else if (isRequiredArgument(arg)) {
        const type = getNamedType(arg.type);
        const value = ARGUMENTS[name] ?? (isEnumType(type) ? type.getValues()[0]!.name : undefined);
        if (value === undefined) return '';
        args.push(`${name}: ${value}`);
      }
    }
    const given = args.length > 0 ? `(${args.join(', ')})` : '';
    const directive = this.random() < 0.1 ? ` ${this.pick(['@skip(if: $yes)', '@include(if: $yes)'])}` : '';
    const alias = isPaged ? `${PAGED}: ` : this.random() < 0.06 ? `${field.name}X: ` : '';
    const type = getNamedType(field.type);
    if (isLeafType(type)) return `${alias}${field.name}${given}${directive}`;
    if (depth === 0) return '';
    const inner = this.selection(type, depth - 1);
    const cursors = isPaged ? `{ ends: pageInfo { startCursor endCursor } ${inner.slice(1)}` : inner;
    return inner && `${alias}${field.name}${given}${directive} ${cursors}`;
  }

  /** A value of an input type, with one or two members of an object besides those that it needs. */
  private valueOf(type: GraphQLInputType): string {
    const given = getNullableType(type);
    if (isListType(given)) {
      const item = given.ofType;
      const items = Array.from({ length: this.random() < 0.5 ? 1 : 2 }, () => this.valueOf(item));
      return `[${[...new Set(items)].join(', ')}]`;
    }
    if (isEnumType(given)) return this.pick(given.getValues()).name;
    if (!isInputObjectType(given))
      return given.name === 'ID' ? `"${this.pick(this.ids)}"` : this.pick(VALUES[given.name] ?? ['null']);
    const fields = Object.values(given.getFields());
    const chosen = new Set(
      this.random() < 0.1 ? [] : [this.pick(fields), ...(this.random() < 0.3 ? [this.pick(fields)] : [])],
    );
    const members = fields
      .filter((field) => chosen.has(field) || isRequiredInputField(field))
      .map(({ name, type: of }) => `${name}: ${this.valueOf(of)}`);
    return `{ ${members.join(', ')} }`;
  }

  private selection(type: GraphQLNamedType, depth: number): string {
    if (!isObjectType(type) && !isInterfaceType(type)) return '';
    const isConnection = /Connection$|Edge$|^PageInfo$/.test(type.name);
    const fields = Object.values(type.getFields()).filter(
      (field) => !LEFT_OUT.has(field.name) && (isConnection || this.isChosen(field)),
    );
    const chosen = fields.filter(({ name, type: of }) => {
      if (isConnection)
        return this.random() < (type.name === 'PageInfo' ? 0.5 : name === 'nodes' || name === 'node' ? 0.8 : 0.15);
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
