import { getNamedType, isInputObjectType, type GraphQLInputFieldMap } from 'graphql';
import { setAt, toValue, type CellOptions } from './cell-value';
import type { Cells, ColumnSet, ColumnUnit } from './csv-columns';
import { shown, valuesOf, wrongType, type EntryContract, type EntryValue } from './entry-contract';
import type { LineContent, LineProblem } from './file-line';
import { toBeyond } from './meter-limit';
import { isSameSymbol, symbolInHeader, toQuantity, unitNamed, unitsOf, type UnitChoice } from './quantity-cell';
import { toTime } from './time-cell';

const TAKEN_AT = 'takenAt';
/** In place of `takenAt`. */
const DATE_AND_TIME = ['takenDate', 'takenTime'];
/** Placeholders for a value that was not measured. */
const NO_VALUE = /^(-+|–|—|n\/a)$/i;

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

  /** Units by column of a unit, such as `weightUnit`. */
  private readonly choices: ReadonlyMap<string, readonly UnitChoice[]>;

  constructor(
    private readonly contract: EntryContract,
    private readonly options: CellOptions,
  ) {
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
    const values = [...this.kinds.values()].flatMap((values) => [...values]);
    this.choices = new Map(
      values.flatMap(([column, { type, of }]) =>
        of && column === `${of.column}Unit` ? [[column, unitsOf(type)] as const] : [],
      ),
    );
    this.known = [...Object.keys(this.members), ...DATE_AND_TIME, 'kind', ...this.kindsOf.keys()];
  }

  missing(columns: readonly string[]): string[] {
    const has = (name: string) => columns.includes(name);
    const missing = has(TAKEN_AT) || DATE_AND_TIME.every(has) ? [] : ['The column takenAt is missing.'];
    if (has(TAKEN_AT) && DATE_AND_TIME.some(has))
      missing.push(`Use takenAt, or ${DATE_AND_TIME.join(' and ')}, not both.`);
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
          missing.push(`The column ${name} is missing. It is required with ${needing}.${this.unitHint(name)}`);
      }
    }
    return missing;
  }

  toContent(cells: Cells, hasDecimalComma: boolean): LineContent {
    const given = new Map([...cells].filter(([column, cell]) => !this.kindsOf.has(column) || !NO_VALUE.test(cell)));
    const name = given.get('kind');
    const named = name === undefined ? undefined : this.kindsByName.get(name.toUpperCase());
    if (name !== undefined && named === undefined) {
      const rule = `must be one of ${[...this.kindsByName.keys()].join(', ')}, not ${shown(name)}`;
      return { problems: [wrongType(['kind'], rule)] };
    }
    const problems: LineProblem[] = [];
    const common = this.commonOf(given, hasDecimalComma, problems);
    const kinds = new Map<string, Record<string, unknown>>(named === undefined ? [] : [[named, { [named]: {} }]]);
    const values = [...given].flatMap(([column, cell]) => {
      const kind = this.kindOf(column, named, given);
      return kind === undefined ? [] : [{ kind, column, cell, value: this.kinds.get(kind)!.get(column)! }];
    });
    // Only a number makes a reading. A meal or a unit may be on lines that have none.
    for (const { kind, value } of values) if (isNumber(value) && !kinds.has(kind)) kinds.set(kind, {});
    for (const { kind, column, cell, value } of values) {
      const reading = kinds.get(kind);
      if (!reading || (value.of?.isRequired && !given.has(value.of.column))) continue;
      problems.push(...this.setValue(reading, column, value, { cell, given, hasDecimalComma }));
    }
    // A line without a time is refused, however empty it is: it may be a refused line of an earlier import.
    if (kinds.size === 0 && common[TAKEN_AT] === undefined) kinds.set('', {});
    // With a named kind, values of another kind contradict it: the gateway says so.
    const readings =
      named === undefined ? [...kinds.values()] : [Object.assign({}, ...kinds.values()) as Record<string, unknown>];
    const checked = readings.map((values) => this.contract.check({ ...common, ...values }));
    for (const one of checked) if ('problems' in one) problems.push(...one.problems);
    if (problems.length > 0) return { problems: distinct(problems) };
    return { entries: checked.filter((one) => 'json' in one) };
  }

  unitColumns(units: readonly string[]): Map<string, string> | { readonly unknown: string } {
    const chosen = new Map<string, string>();
    for (const text of units) {
      const found = [...this.choices].filter(([, choices]) => unitNamed(choices, text) !== undefined);
      if (found.length === 0) return { unknown: text };
      for (const [column, choices] of found) chosen.set(column, unitNamed(choices, text)!.name);
    }
    return chosen;
  }

  unitIn(column: string, header: string): ColumnUnit | undefined {
    const symbol = symbolInHeader(header);
    const values = this.kindsOf.get(column)?.map((kind) => this.kinds.get(kind)!.get(column)!) ?? [];
    const symbols = values.flatMap((value) => value.symbols);
    if (symbol === undefined || symbols.length === 0) return undefined;
    const choices = this.choices.get(`${column}Unit`);
    if (!choices) return symbols.some((one) => isSameSymbol(one, symbol)) ? undefined : { fault: symbols.join(' or ') };
    const unit = unitNamed(choices, symbol);
    return unit
      ? { column: `${column}Unit`, unit: unit.name }
      : { fault: choices.map((one) => one.symbol).join(' or ') };
  }

  private unitHint(column: string): string {
    const choices = this.choices.get(column);
    return choices
      ? ` Or say the unit of all lines: ${choices.map(({ symbol }) => `--units ${symbol}`).join(' or ')}.`
      : '';
  }

  /** Values that all readings of a line have: who, when, how. */
  private commonOf(given: Cells, hasDecimalComma: boolean, problems: LineProblem[]): Record<string, unknown> {
    const common: Record<string, unknown> = {};
    for (const [column, cell] of given) {
      const member = this.members[column];
      if (member && column !== TAKEN_AT) common[column] = toValue(cell, member.type, hasDecimalComma, this.options);
    }
    const cell = given.get(TAKEN_AT) ?? DATE_AND_TIME.flatMap((column) => given.get(column) ?? []).join(' ');
    if (cell === '') return common;
    const found = toTime(cell, this.options);
    if ('problem' in found) problems.push(wrongType([TAKEN_AT], found.problem));
    common[TAKEN_AT] = 'time' in found ? found.time : '';
    return common;
  }

  /** Sets a value of a kind. A number can have its unit in the cell. */
  private setValue(
    reading: Record<string, unknown>,
    column: string,
    { path, type, symbols }: EntryValue,
    { cell, given, hasDecimalComma }: { cell: string; given: Cells; hasDecimalComma: boolean },
  ): LineProblem[] {
    const beyond = this.kindsOf.has(`${column}Comparator`)
      ? toBeyond(cell, hasDecimalComma, this.options.glucoseLimits)
      : undefined;
    if (beyond) {
      // Any number: a problem refuses the line, but a missing value would be another one.
      setAt(reading, path, 0);
      if ('problem' in beyond) return [wrongType(path, beyond.problem)];
      const said = given.get(`${column}Comparator`);
      if (said !== undefined && said !== beyond.comparator)
        return [wrongType(path, `is ${shown(cell)}, but its comparator is given as ${said}`)];
      setAt(reading, [...path.slice(0, -1), 'comparator'], beyond.comparator);
    }
    const { value, symbol = '' } = beyond ?? ((isNumber({ type }) && toQuantity(cell, hasDecimalComma)) || {});
    const choices = this.choices.get(`${column}Unit`);
    const unit = choices && unitNamed(choices, symbol);
    const isUnderstood =
      value !== undefined && (symbol === '' || unit || symbols.some((one) => isSameSymbol(one, symbol)));
    setAt(reading, path, isUnderstood ? value : toValue(cell, type, hasDecimalComma, this.options));
    if (!choices || !unit) return [];
    const said = given.get(`${column}Unit`);
    if (said !== undefined && unitNamed(choices, said) !== unit)
      return [wrongType(path, `is ${shown(cell)}, but its unit is given as ${said}`)];
    setAt(reading, [...path.slice(0, -1), 'unit'], unit.name);
    return [];
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

function isNumber({ type }: Pick<EntryValue, 'type'>): boolean {
  return ['Int', 'Float'].includes(getNamedType(type).name);
}

function distinct(problems: readonly LineProblem[]): LineProblem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}
