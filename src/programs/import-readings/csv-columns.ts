import type { z } from 'zod';
import { ImportError } from './import-error';
import { ANNOTATIONS, type LineProblem } from './file-line';
import { KIND_SHAPES, shown, wrongType, type KindMember } from './reading-shape';

const REFERENCES = ['deviceId', 'deviceIdentifier', 'patientId', 'patientExternalIdentifier'];
const TEXTS = [...REFERENCES, 'takenAt'];
const PLAIN = [...TEXTS, 'deviceTimeZoneOffset', 'manual'];

/** Where a heart rate belongs when no `kind` says so: beside one of these, else it is a reading of its own. */
const WITH_HEART_RATE: readonly KindMember[] = ['bloodPressure', 'bloodOxygen'];

const KINDS = Object.keys(KIND_SHAPES) as KindMember[];
const membersOf = (kind: KindMember): string[] => Object.keys(KIND_SHAPES[kind].shape);
/** As the enum ReadingKind names it: `bloodPressure` is BLOOD_PRESSURE. */
const toKindName = (kind: KindMember): string => kind.replace(/[A-Z]/g, '_$&').toUpperCase();
const KIND_BY_NAME = new Map(KINDS.map((kind) => [toKindName(kind), kind]));

/** The kind of each measurement that only one kind has. */
const OWNERS = new Map(
  KINDS.flatMap((kind) =>
    membersOf(kind)
      .filter((member) => member !== 'heartRate')
      .map((member) => [member, kind] as const),
  ),
);

/** Every column that means something, for the documentation and for whoever misspelt one. */
export const COLUMNS: readonly string[] = [...PLAIN, 'kind', ...OWNERS.keys(), 'heartRate'];

const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * What the columns of a CSV file mean, by its header: one flat list of the members of `ReadingInput` and of its kinds.
 *
 * `kind` is optional: a measurement tells its kind by itself, but for `heartRate`, which goes with the blood pressure or the
 * oxygen on its line and otherwise stands alone.
 */
export class CsvColumns {
  /** @throws ImportError that names the column, when one is unknown, twice there or missing */
  constructor(private readonly header: readonly string[]) {
    const unknown = header.filter((name) => !COLUMNS.includes(name) && !ANNOTATIONS.includes(name));
    if (unknown.length > 0) throw new ImportError(unknownColumns(unknown));
    const twice = header.filter((name, index) => header.indexOf(name) < index);
    if (twice.length > 0) throw new ImportError(`The column ${twice[0]} is there twice.`);
    const missing = missingColumns(header);
    if (missing.length > 0) throw new ImportError(missing.join('\n'));
  }

  get width(): number {
    return this.header.length;
  }

  /** The columns of the file itself, without what an earlier import wrote beside them. */
  get original(): readonly string[] {
    return this.header.filter(isOriginal);
  }

  /** The cells of those columns. */
  originalOf(cells: readonly string[]): string[] {
    return cells.filter((_, index) => isOriginal(this.header[index]!));
  }

  /**
   * The reading that a line means, its shape not checked: a cell that is no number stays text.
   *
   * @param cells as many as there are columns; an empty one is a value that is absent
   */
  toReading(cells: readonly string[]): { reading: unknown } | { problems: LineProblem[] } {
    const given = new Map(
      this.header.map((name, index) => [name, cells[index]!] as const).filter(([, cell]) => cell !== ''),
    );
    const named = given.get('kind');
    const kind = named === undefined ? undefined : KIND_BY_NAME.get(named);
    if (named !== undefined && kind === undefined)
      return {
        problems: [wrongType(['kind'], `must be one of ${[...KIND_BY_NAME.keys()].join(', ')}, is ${shown(named)}`)],
      };

    const reading: Record<string, unknown> = kind === undefined ? {} : { [kind]: {} };
    for (const [name, cell] of given) {
      const owner = name === 'heartRate' ? kindOfHeartRate(kind, given) : OWNERS.get(name);
      if (owner !== undefined) reading[owner] = { ...(reading[owner] as object | undefined), [name]: toValue(cell) };
      else if (PLAIN.includes(name)) reading[name] = TEXTS.includes(name) ? cell : toValue(cell);
    }
    return { reading };
  }
}

function isOriginal(name: string): boolean {
  return !ANNOTATIONS.includes(name);
}

function kindOfHeartRate(named: KindMember | undefined, given: ReadonlyMap<string, string>): KindMember {
  if (named !== undefined && membersOf(named).includes('heartRate')) return named;
  const beside = new Set([...given.keys()].map((name) => OWNERS.get(name)));
  return WITH_HEART_RATE.find((kind) => beside.has(kind)) ?? 'heartRate';
}

function toValue(cell: string): unknown {
  if (NUMBER.test(cell)) return Number(cell);
  return /^(true|false)$/i.test(cell) ? cell.toLowerCase() === 'true' : cell;
}

function unknownColumns(names: readonly string[]): string {
  const list = names.map((name) => shown(name)).join(', ');
  const found = names.length === 1 ? `The column ${list} is unknown` : `The columns ${list} are unknown`;
  const hint = names.some((name) => /[;\t]/.test(name)) ? ' Cells must be separated by commas.' : '';
  return `${found}; known are ${COLUMNS.join(', ')}.${hint}`;
}

function missingColumns(header: readonly string[]): string[] {
  const has = (name: string) => header.includes(name);
  const missing = has('takenAt') ? [] : ['The column takenAt is missing.'];
  if (!REFERENCES.some(has))
    missing.push(`A column is missing that names whose readings these are: ${REFERENCES.join(', ')}.`);
  const measurements = [...OWNERS.keys(), 'heartRate'];
  if (!measurements.some(has)) missing.push(`A column with a measurement is missing: ${measurements.join(', ')}.`);
  for (const kind of KINDS) {
    const shape: Record<string, z.ZodType> = KIND_SHAPES[kind].shape;
    const here = membersOf(kind).find((member) => OWNERS.get(member) === kind && has(member));
    const needed = Object.entries(shape).filter(([member, rule]) => !rule.safeParse(undefined).success && !has(member));
    if (here !== undefined)
      missing.push(...needed.map(([member]) => `The column ${member} is missing: ${here} needs it.`));
  }
  return missing;
}
