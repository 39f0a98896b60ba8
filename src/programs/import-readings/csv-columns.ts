import { getNamedType, isEnumType, type GraphQLInputType } from 'graphql';
import { ANNOTATIONS, type FileLine } from './file-line';
import { enumValueOf, shown, wrongType, type ReadingContract } from './reading-contract';

const REFERENCES = ['deviceId', 'deviceIdentifier', 'patientId', 'patientExternalIdentifier'];
/** Scalars whose cells stay text: digits can be an id or a name. */
const TEXTS = ['ID', 'String', 'DateTime'];

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * The columns of a CSV file: a flat list of the fields of `ReadingInput` and of its kinds.
 *
 * The column `kind` is optional, since a measurement implies its kind. A measurement that several kinds have, such as `heartRate`,
 * belongs to the other measurements on its line, or is a reading of its own kind.
 */
export class CsvColumns {
  private readonly kindsByName: ReadonlyMap<string, string>;
  /** Kinds by measurement. */
  private readonly kindsOf: ReadonlyMap<string, readonly string[]>;
  /** By kind: measurements that no other kind has. */
  private readonly ownMembers: ReadonlyMap<string, readonly string[]>;

  constructor(
    readonly header: readonly string[],
    private readonly contract: ReadingContract,
  ) {
    this.kindsByName = new Map([...contract.kinds.keys()].map((kind) => [toKindName(kind), kind]));
    const kinds = [...contract.kinds].map(([kind, values]) => ({ kind, members: [...values.keys()] }));
    const kindsWith = (member: string) =>
      kinds.filter(({ members }) => members.includes(member)).map(({ kind }) => kind);
    this.kindsOf = new Map(kinds.flatMap(({ members }) => members.map((member) => [member, kindsWith(member)])));
    this.ownMembers = new Map(
      kinds.map(({ kind, members }) => [kind, members.filter((member) => kindsWith(member).length === 1)]),
    );
  }

  /** Describes an unknown or repeated column, or the missing columns. */
  findFault(): string | undefined {
    const known = [...Object.keys(this.contract.members), 'kind', ...this.kindsOf.keys()];
    const unknown = this.header.filter((name) => !known.includes(name) && !ANNOTATIONS.includes(name));
    if (unknown.length > 0) return unknownColumns(unknown, known);
    const repeated = this.header.find((name, index) => this.header.indexOf(name) < index);
    return repeated === undefined ? this.missing().join('\n') || undefined : `The column ${repeated} appears twice.`;
  }

  /** Cells of a line or of the header, without the annotations that an earlier import added. */
  originalOf(cells: readonly string[]): string[] {
    return cells.filter((_, index) => !ANNOTATIONS.includes(this.header[index]!));
  }

  /**
   * Converts a line to a reading. A cell that should be a number and is not stays text, which ReadingContract refuses.
   *
   * @param cells one per column; an empty cell is an absent value
   */
  toContent(cells: readonly string[]): FileLine['content'] {
    const given = new Map(
      this.header.map((name, index) => [name, cells[index]!] as const).filter(([, cell]) => cell !== ''),
    );
    const name = given.get('kind');
    const named = name === undefined ? undefined : this.kindsByName.get(name);
    if (name !== undefined && named === undefined) {
      const rule = `must be one of ${[...this.kindsByName.keys()].join(', ')}, not ${shown(name)}`;
      return { problems: [wrongType(['kind'], rule)] };
    }
    const reading: Record<string, unknown> = named === undefined ? {} : { [named]: {} };
    for (const [column, cell] of given) {
      const kind = this.kindOf(column, named, given);
      if (kind === undefined) {
        const member = this.contract.members[column];
        if (member) reading[column] = toValue(cell, member.type);
        continue;
      }
      const { path, type, of } = this.contract.kinds.get(kind)!.get(column)!;
      // A unit without its number is ignored: files with several kinds may have the unit on every line.
      if (of?.isRequired && !given.has(of.column)) continue;
      setAt(reading, path, toValue(cell, type));
    }
    return this.contract.check(reading);
  }

  /** Kind of a measurement. If several kinds have it: the named kind, the kind of another measurement on the line, or its own kind. */
  private kindOf(column: string, named: string | undefined, given: ReadonlyMap<string, string>): string | undefined {
    const kinds = this.kindsOf.get(column) ?? [];
    if (kinds.length < 2) return kinds[0];
    return (
      kinds.find((kind) => kind === named) ??
      kinds.find((kind) => this.ownMembers.get(kind)!.some((member) => given.has(member))) ??
      kinds.find((kind) => this.ownMembers.get(kind)!.length === 0) ??
      kinds[0]
    );
  }

  private missing(): string[] {
    const has = (name: string) => this.header.includes(name);
    const missing = has('takenAt') ? [] : ['The column takenAt is missing.'];
    if (!REFERENCES.some(has))
      missing.push(`A column that names the device or the patient is missing. Add one of ${REFERENCES.join(', ')}.`);
    const measurements = [...this.kindsOf.keys()];
    if (!measurements.some(has))
      missing.push(`A column with a measurement is missing. Add one of ${measurements.join(', ')}.`);
    for (const [kind, values] of this.contract.kinds) {
      const here = this.ownMembers.get(kind)!.find(has);
      for (const [name, { isRequired, of }] of values) {
        const needing = of?.isRequired && has(of.column) ? of.column : isRequired ? here : undefined;
        if (needing !== undefined && !has(name))
          missing.push(`The column ${name} is missing. It is required with ${needing}.`);
      }
    }
    return missing;
  }
}

/** Name in the enum ReadingKind: `bloodPressure` is BLOOD_PRESSURE. */
function toKindName(kind: string): string {
  return kind.replace(/[A-Z]/g, '_$&').toUpperCase();
}

function setAt(reading: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let object = reading;
  for (const member of path.slice(0, -1)) object = (object[member] ??= {}) as Record<string, unknown>;
  object[path.at(-1)!] = value;
}

function toValue(cell: string, of: GraphQLInputType): unknown {
  const type = getNamedType(of);
  if (isEnumType(type)) return enumValueOf(type, cell);
  if (TEXTS.includes(type.name)) return cell;
  if (NUMBER.test(cell)) return Number(cell);
  return /^(true|false)$/i.test(cell) ? cell.toLowerCase() === 'true' : cell;
}

function unknownColumns(names: readonly string[], known: readonly string[]): string {
  const list = names.map((name) => shown(name)).join(', ');
  const found = names.length === 1 ? `The column ${list} is unknown` : `The columns ${list} are unknown`;
  const hint = names.some((name) => /[;\t]/.test(name)) ? ' Separate cells with commas.' : '';
  return `${found}. Known columns: ${known.join(', ')}.${hint}`;
}
