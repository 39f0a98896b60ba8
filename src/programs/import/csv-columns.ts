import { shown } from './entry-contract';
import { ANNOTATIONS, type FileLine } from './file-line';

/** Cells of a line by column of the import. Empty cells are left out. */
export type Cells = ReadonlyMap<string, string>;

/** The columns that a file of a kind can have. */
export interface ColumnSet {
  readonly known: readonly string[];
  /** Describes what a file with these columns lacks. */
  missing(columns: readonly string[]): string[];
  /** Converts a line to an entry. */
  toContent(cells: Cells): FileLine['content'];
}

/** How the user describes a file that has other columns than the import. */
export interface ColumnMapping {
  /** Columns of the import by those of the file. */
  readonly columns: ReadonlyMap<string, string>;
  /** Values that all lines have, by column of the import. */
  readonly constants: Cells;
}

/** The columns of one CSV file. */
export class CsvColumns {
  /** Column of the import for each column of the file. Undefined for a column that is ignored. */
  private readonly names: readonly (string | undefined)[];

  constructor(
    readonly header: readonly string[],
    private readonly set: ColumnSet,
    private readonly mapping: ColumnMapping,
  ) {
    this.names = header.map((name) => {
      const mapped = mapping.columns.get(name);
      if (mapped !== undefined) return mapped;
      return set.known.includes(name) ? name : undefined;
    });
  }

  /** Columns of the file that are not imported, because --columns does not name them. */
  get ignored(): string[] {
    return this.header.filter((name, index) => this.names[index] === undefined && !ANNOTATIONS.includes(name));
  }

  /** Describes an unknown or repeated column, or the missing columns. */
  findFault(): string | undefined {
    const { columns, constants } = this.mapping;
    const unknownName = [...columns.values(), ...constants.keys()].find((name) => !this.set.known.includes(name));
    if (unknownName !== undefined)
      return notAColumn(unknownName, columns.size > 0 ? columns : constants, this.set.known);
    const absent = [...columns.keys()].find((name) => !this.header.includes(name));
    if (absent !== undefined)
      return `The file has no column ${shown(absent)}. Its columns are ${listOf(this.header)}. Correct --columns.`;
    if (columns.size === 0 && this.ignored.length > 0) return unknownColumns(this.ignored, this.set.known);
    const given = this.names.filter((name) => name !== undefined);
    const repeated = given.find((name, index) => given.indexOf(name) < index);
    if (repeated !== undefined) return `The column ${repeated} appears twice.`;
    const both = given.find((name) => constants.has(name));
    if (both !== undefined) return `The column ${both} is in the file and in --set. Leave it out of one of them.`;
    return this.set.missing([...given, ...constants.keys()]).join('\n') || undefined;
  }

  /** Cells of a line or of the header, without the annotations that an earlier import added. */
  originalOf(cells: readonly string[]): string[] {
    return cells.filter((_, index) => this.names[index] !== undefined || !ANNOTATIONS.includes(this.header[index]!));
  }

  /** @param cells one per column; an empty cell is an absent value */
  toContent(cells: readonly string[]): FileLine['content'] {
    const given = new Map(this.mapping.constants);
    this.names.forEach((name, index) => {
      if (name !== undefined && cells[index] !== '') given.set(name, cells[index]!);
    });
    return this.set.toContent(given);
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
  const hint = names.some((name) => /[;\t]/.test(name))
    ? 'Separate cells with commas.'
    : 'Say with --columns which columns of the file are to be imported.';
  return `${found}. Known columns: ${known.join(', ')}. ${hint}`;
}
