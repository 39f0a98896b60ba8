import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  getNullableType,
  type GraphQLInputField,
} from 'graphql';
import { toCamelCase } from '../../platform/base/camel-case';
import { setAt, toValue, type CellOptions } from './cell-value';
import type { Cells, ColumnSet } from './csv-columns';
import { namesOf, valuesOf, wrongType, type EntryContract, type EntryValue } from './entry-contract';
import { oneEntry, type GivenName, type LineContent } from './file-line';
import type { NameColumn } from './import-kind';

/** Stands for an id that is found by a name before the entry is sent. */
const ID_OF_NAME = '0';

/**
 * The columns of entries that have one value for each field, such as devices and patients: a flat list of the fields of their input
 * type. A list of `{ type, value }` has a column for each type.
 */
export class EntryColumns implements ColumnSet {
  readonly known: readonly string[];
  private readonly values: ReadonlyMap<string, EntryValue>;
  /** By column: the list that it is in, and its type there. */
  private readonly listed = new Map<string, { list: string; type: string }>();

  /** @param renamed columns whose names would not be clear by themselves, by field */
  constructor(
    private readonly contract: EntryContract,
    private readonly names: readonly NameColumn[],
    private readonly options: CellOptions,
    renamed: Readonly<Record<string, string>> = {},
  ) {
    const fields = contract.type.getFields();
    for (const field of Object.values(fields))
      for (const type of typesOfList(field)) this.listed.set(toCamelCase(type), { list: field.name, type });
    const lists = new Set([...this.listed.values()].map(({ list }) => list));
    this.values = new Map(
      [...valuesOf(contract.type, [])]
        .filter(([, { path }]) => !lists.has(path[0]!))
        .map(([column, value]) => [renamed[column] ?? column, value]),
    );
    this.known = [...names.map(({ column }) => column), ...this.values.keys(), ...this.listed.keys()];
  }

  missing(columns: readonly string[]): string[] {
    const missing = [...this.values].flatMap(([column, { isRequired }]) => {
      const name = this.names.find(({ member }) => member === column)?.column;
      if (!isRequired || [column, name].some((one) => one !== undefined && columns.includes(one))) return [];
      return [`The column ${name === undefined ? column : `${name} (or ${column})`} is missing. Add it, or use --set.`];
    });
    const listed = [...this.listed.keys()];
    if (listed.length > 0 && !listed.some((column) => columns.includes(column)))
      missing.push(`A column with an identifier is missing. Add one of ${listed.join(', ')}.`);
    return missing;
  }

  toContent(cells: Cells, hasDecimalComma: boolean): LineContent {
    const entry: Record<string, unknown> = {};
    for (const { list } of this.listed.values()) entry[list] = [];
    for (const [column, cell] of cells) {
      const value = this.values.get(column);
      const listed = this.listed.get(column);
      if (value) setAt(entry, value.path, toValue(cell, value.type, hasDecimalComma, this.options));
      else if (listed) (entry[listed.list] as object[]).push({ type: listed.type, value: cell });
    }
    const given: GivenName[] = [];
    for (const { column, member } of this.names) {
      const name = cells.get(column);
      if (name === undefined) continue;
      if (cells.has(member))
        return { problems: [wrongType([column], `and ${member} are both given. Use one of them`)] };
      entry[member] = ID_OF_NAME;
      given.push({ column, name });
    }
    const content = this.contract.check(entry);
    return oneEntry('json' in content && given.length > 0 ? { ...content, names: given } : content);
  }
}

/** Types of a list of `{ type, value }`. Empty for other fields. */
function typesOfList({ type }: GraphQLInputField): string[] {
  const inner = getNamedType(type);
  if (!isListType(getNullableType(type)) || !isInputObjectType(inner)) return [];
  const { type: kind } = inner.getFields();
  const types = kind && getNamedType(kind.type);
  return isEnumType(types) ? namesOf(types) : [];
}
