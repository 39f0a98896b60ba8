import { isInputObjectType, type GraphQLInputFieldMap } from 'graphql';
import { setAt, toValue } from './cell-value';
import type { Cells, ColumnSet } from './csv-columns';
import { shown, valuesOf, wrongType, type EntryContract, type EntryValue } from './entry-contract';
import type { FileLine } from './file-line';

const REFERENCES = ['deviceId', 'deviceIdentifier', 'patientId', 'patientExternalIdentifier'];

/**
 * The columns of readings: a flat list of the fields of `ReadingInput` and of its kinds.
 *
 * The column `kind` is optional, since a measurement implies its kind. A measurement that several kinds have, such as `heartRate`,
 * belongs to the other measurements on its line, or is a reading of its own kind.
 */
export class ReadingColumns implements ColumnSet {
  readonly known: readonly string[];
  /** Fields of the reading itself, e.g. `takenAt`. */
  private readonly members: GraphQLInputFieldMap = {};
  /** Values of each kind by column, e.g. `systolic` and `diastolic` of `bloodPressure`. */
  private readonly kinds = new Map<string, ReadonlyMap<string, EntryValue>>();
  private readonly kindsByName: ReadonlyMap<string, string>;
  /** Kinds by measurement. */
  private readonly kindsOf: ReadonlyMap<string, readonly string[]>;
  /** By kind: measurements that no other kind has. */
  private readonly ownMembers: ReadonlyMap<string, readonly string[]>;

  constructor(private readonly contract: EntryContract) {
    for (const [name, field] of Object.entries(contract.type.getFields())) {
      if (isInputObjectType(field.type)) this.kinds.set(name, new Map(valuesOf(field.type, [name])));
      else this.members[name] = field;
    }
    this.kindsByName = new Map([...this.kinds.keys()].map((kind) => [toKindName(kind), kind]));
    const kinds = [...this.kinds].map(([kind, values]) => ({ kind, members: [...values.keys()] }));
    const kindsWith = (member: string) =>
      kinds.filter(({ members }) => members.includes(member)).map(({ kind }) => kind);
    this.kindsOf = new Map(kinds.flatMap(({ members }) => members.map((member) => [member, kindsWith(member)])));
    this.ownMembers = new Map(
      kinds.map(({ kind, members }) => [kind, members.filter((member) => kindsWith(member).length === 1)]),
    );
    this.known = [...Object.keys(this.members), 'kind', ...this.kindsOf.keys()];
  }

  missing(columns: readonly string[]): string[] {
    const has = (name: string) => columns.includes(name);
    const missing = has('takenAt') ? [] : ['The column takenAt is missing.'];
    if (!REFERENCES.some(has))
      missing.push(`A column that names the device or the patient is missing. Add one of ${REFERENCES.join(', ')}.`);
    const measurements = [...this.kindsOf.keys()];
    if (!measurements.some(has))
      missing.push(`A column with a measurement is missing. Add one of ${measurements.join(', ')}.`);
    for (const [kind, values] of this.kinds) {
      const here = this.ownMembers.get(kind)!.find(has);
      for (const [name, { isRequired, of }] of values) {
        const needing = of?.isRequired && has(of.column) ? of.column : isRequired ? here : undefined;
        if (needing !== undefined && !has(name))
          missing.push(`The column ${name} is missing. It is required with ${needing}.`);
      }
    }
    return missing;
  }

  toContent(given: Cells): FileLine['content'] {
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
        const member = this.members[column];
        if (member) reading[column] = toValue(cell, member.type);
        continue;
      }
      const { path, type, of } = this.kinds.get(kind)!.get(column)!;
      // A unit without its number is ignored: files with several kinds may have the unit on every line.
      if (of?.isRequired && !given.has(of.column)) continue;
      setAt(reading, path, toValue(cell, type));
    }
    return this.contract.check(reading);
  }

  /** Kind of a measurement. If several kinds have it: the named kind, the kind of another measurement on the line, or its own kind. */
  private kindOf(column: string, named: string | undefined, given: Cells): string | undefined {
    const kinds = this.kindsOf.get(column) ?? [];
    if (kinds.length < 2) return kinds[0];
    return (
      kinds.find((kind) => kind === named) ??
      kinds.find((kind) => this.ownMembers.get(kind)!.some((member) => given.has(member))) ??
      kinds.find((kind) => this.ownMembers.get(kind)!.length === 0) ??
      kinds[0]
    );
  }
}

/** Name in the enum ReadingKind: `bloodPressure` is BLOOD_PRESSURE. */
function toKindName(kind: string): string {
  return kind.replace(/[A-Z]/g, '_$&').toUpperCase();
}
