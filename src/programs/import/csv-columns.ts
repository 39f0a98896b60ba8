import type { CellOptions } from './cell-value';
import { shown, wrongType } from './entry-contract';
import { ANNOTATIONS, type LineContent } from './file-line';
import { toQuantity } from './quantity-cell';

/** Cells of a line by column of the import. Empty cells are left out. */
export type Cells = ReadonlyMap<string, string>;

/** Unit that the name of a column says: the column of the unit and its value, or the symbols that would be right. */
export type ColumnUnit = { readonly column: string; readonly unit: string } | { readonly fault: string };

/** The columns that a file of a kind can have. */
export interface ColumnSet {
  readonly known: readonly string[];
  /** Describes what a file with these columns lacks. */
  missing(columns: readonly string[]): string[];
  /** Converts a line to entries. */
  toContent(cells: Cells, hasDecimalComma: boolean): LineContent;
  /** Finds the columns of units that can have the given units. */
  unitColumns?(units: readonly string[]): ReadonlyMap<string, string> | { readonly unknown: string };
  /** Finds the unit in the name of a column, such as `Weight (kg)`. */
  unitIn?(column: string, header: string): ColumnUnit | undefined;
}

/** How the user describes a file that has other columns than the import. */
export interface ColumnMapping {
  /** Columns of the import by those of the file. Several may be the same one: the cell that is not empty is taken. */
  readonly columns: ReadonlyMap<string, string>;
  /** Values that all lines have, by column of the import. */
  readonly constants: Cells;
  readonly cells: CellOptions;
}

/** The columns of one CSV file. */
export class CsvColumns {
  /** Column of the import for each column of the file. Undefined for a column that is ignored. */
  private readonly names: readonly (string | undefined)[];
  /** Values that all lines have: from --set, from --units, and the units in the names of columns. */
  private readonly constants: Map<string, string>;
  private readonly unitFault: string | undefined;

  constructor(
    readonly header: readonly string[],
    private readonly set: ColumnSet,
    private readonly mapping: ColumnMapping,
    private readonly hasDecimalComma: boolean,
  ) {
    this.names = header.map((name) => {
      const mapped = mapping.columns.get(name);
      if (mapped !== undefined) return mapped;
      return set.known.includes(name) ? name : undefined;
    });
    this.constants = new Map(mapping.constants);
    this.unitFault = this.addUnits();
  }

  /** Columns of the file that are not imported, because --columns does not name them. */
  get ignored(): string[] {
    return this.header.filter((name, index) => this.names[index] === undefined && !ANNOTATIONS.includes(name));
  }

  /**
   * Describes an unknown or repeated column, or the missing columns.
   *
   * @param sample the first lines, whose cells may have units
   */
  findFault(sample: readonly (readonly string[])[] = []): string | undefined {
    const { columns, constants } = this.mapping;
    const unknownName = [...columns.values(), ...constants.keys()].find((name) => !this.set.known.includes(name));
    if (unknownName !== undefined)
      return notAColumn(unknownName, columns.size > 0 ? columns : constants, this.set.known);
    const absent = [...columns.keys()].find((name) => !this.header.includes(name));
    if (absent !== undefined)
      return `The file has no column ${shown(absent)}. Its columns are ${listOf(this.header)}. Correct --columns.`;
    if (columns.size === 0 && this.ignored.length > 0) return unknownColumns(this.ignored, this.set.known);
    const given = this.names.filter((name) => name !== undefined);
    const unmapped = this.header.filter((name) => !columns.has(name) && this.set.known.includes(name));
    const repeated = unmapped.find((name) => given.filter((other) => other === name).length > 1);
    if (repeated !== undefined) return `The column ${repeated} appears twice.`;
    const both = given.find((name) => constants.has(name));
    if (both !== undefined) return `The column ${both} is in the file and in --set. Leave it out of one of them.`;
    const units = given.flatMap((name) => this.unitColumnIn(name, sample));
    return this.unitFault ?? (this.set.missing([...given, ...this.constants.keys(), ...units]).join('\n') || undefined);
  }

  /** Cells of a line or of the header, without the annotations that an earlier import added. */
  originalOf(cells: readonly string[]): string[] {
    return cells.filter((_, index) => this.names[index] !== undefined || !ANNOTATIONS.includes(this.header[index]!));
  }

  /** @param cells one per column; an empty cell is an absent value */
  toContent(cells: readonly string[]): LineContent {
    const given = new Map<string, string>();
    for (const [index, name] of this.names.entries()) {
      const cell = cells[index]!;
      if (name === undefined || cell === '') continue;
      const other = given.get(name);
      if (other !== undefined && other !== cell)
        return { problems: [wrongType([name], `has two values: ${shown(other)} and ${shown(cell)}`)] };
      given.set(name, cell);
    }
    return this.set.toContent(new Map([...this.constants, ...given]), this.hasDecimalComma);
  }

  /** The column of the unit that the first lines have in their cells, such as `5.4 mmol/L`. */
  private unitColumnIn(name: string, sample: readonly (readonly string[])[]): string[] {
    const at = this.names.indexOf(name);
    const symbol = sample
      .map((row) => toQuantity((row[at] ?? '').replace(/^[<>]\s*/, ''), this.hasDecimalComma)?.symbol)
      .find((one) => one !== undefined);
    const found = symbol === undefined ? undefined : this.set.unitIn?.(name, `(${symbol})`);
    return found && 'column' in found ? [found.column] : [];
  }

  /** @returns why the units contradict each other */
  private addUnits(): string | undefined {
    const { units = [] } = this.mapping.cells;
    const chosen = this.set.unitColumns?.(units) ?? new Map<string, string>();
    if ('unknown' in chosen) return `--units: ${shown(chosen.unknown)} is not a unit of a measurement.`;
    for (const [column, unit] of chosen) {
      const isNeeded = this.names.some((name) => name !== undefined && `${name}Unit` === column);
      if (isNeeded && !this.names.includes(column) && !this.constants.has(column)) this.constants.set(column, unit);
    }
    for (const [index, name] of this.names.entries()) {
      if (name === undefined) continue;
      const header = this.header[index]!;
      const found = this.set.unitIn?.(name, header);
      if (!found) continue;
      if ('fault' in found) return `The column ${shown(header)} must be in ${found.fault} to be ${name}.`;
      const other = this.constants.get(found.column);
      if (other !== undefined && other !== found.unit)
        return `The column ${shown(header)} is in ${found.unit}, but the unit is given as ${other}.`;
      if (!this.names.includes(found.column)) this.constants.set(found.column, found.unit);
    }
    return undefined;
  }
}

function listOf(names: readonly string[]): string {
  return names.map((name) => shown(name)).join(', ');
}

function notAColumn(name: string, given: ReadonlyMap<string, string>, known: readonly string[]): string {
  const [their] = [...given].find(([, ours]) => ours === name) ?? [];
  const turned =
    their !== undefined && known.includes(their) ? ` Write the name in the file first: "${name}=${their}".` : '';
  return `${shown(name)} is not a column of the import. Known columns: ${known.join(', ')}.${turned}`;
}

function unknownColumns(names: readonly string[], known: readonly string[]): string {
  const found =
    names.length === 1 ? `The column ${listOf(names)} is unknown` : `The columns ${listOf(names)} are unknown`;
  return `${found}. Known columns: ${known.join(', ')}. Say with --columns which columns of the file are to be imported.`;
}
