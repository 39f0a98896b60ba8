import { toCamelCase, type CamelCase } from '../../platform/base/camel-case';
import { defineEnum } from '../../platform/base/enum';
import {
  capitalize,
  type KindDefinition,
  type KindRule,
  type QuantityDefinition,
  type ValueDefinition,
  type ValueOf,
} from './kind-definition';
import { DEFINITIONS } from './kinds';
import { REST_UNITS, SYMBOLS, type MeasurementUnit } from './measurement-unit';

/** Kind of a reading. The item of a device determines which kinds it sends. */
export type ReadingKind = keyof typeof DEFINITIONS;

/** Field of ReadingInput with the values of a kind. */
export type KindMember = CamelCase<ReadingKind>;

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type ValueDefinitions = Intersection<(typeof DEFINITIONS)[ReadingKind]['values']>;

export type ValueMember = keyof ValueDefinitions;

/** Values of all kinds. Two readings with the same identity are duplicates if these are equal. */
export type ReadingValues = { [Member in ValueMember]: ValueOf<ValueDefinitions[Member]> | null };

/** Values of one kind, in stored units. */
export type ValuesOfKind = { readonly [Member in ValueMember]?: ReadingValues[Member] | undefined };

interface Named {
  readonly member: ValueMember;
  /** Column of the table `reading`. */
  readonly column: string;
}

export type ReadingValue = ValueDefinition & Named;

export interface Quantity extends QuantityDefinition, Named {
  readonly member: { [M in ValueMember]: ReadingValues[M] extends number | null ? M : never }[ValueMember];
  readonly name: MeasurementName;
  /** Whether it has a comparator. */
  readonly isCompared: boolean;
}

interface Rule extends Omit<KindRule<ValueDefinitions>, 'isBroken'> {
  isBroken(values: ValuesOfKind): boolean;
}

/** A kind with the names derived from its name. */
export interface Kind extends Omit<KindDefinition, 'values' | 'rules'> {
  readonly kind: ReadingKind;
  readonly member: KindMember;
  /** Prefix of the names of its GraphQL types: `BloodPressure`. */
  readonly baseName: string;
  /** Whether its only value is a quantity of the same name. It is then sent as `weight: { value: 80 }`, without a level between. */
  readonly isQuantity: boolean;
  /** GraphQL type of its readings. */
  readonly typeName: string;
  /** Column of the activity tables with the time of the newest reading. */
  readonly activityColumn: string;
  readonly values: readonly ReadingValue[];
  readonly quantities: readonly Quantity[];
  readonly rules: readonly Rule[];
}

function complete(kind: ReadingKind, { values, rules = [], ...definition }: KindDefinition): Kind {
  const member = toCamelCase(kind);
  const baseName = capitalize(member);
  const named = Object.entries(values).map(([name, value]): ReadingValue => ({
    ...value,
    member: name as ValueMember,
    column: toSnakeCase(name),
  }));
  return {
    ...definition,
    kind,
    member,
    baseName,
    typeName: `${baseName}Reading`,
    activityColumn: `${kind.toLowerCase()}_at`,
    values: named,
    isQuantity: Object.keys(values).join() === member,
    quantities: named.flatMap((value): Quantity[] =>
      value.type === 'choice'
        ? []
        : [
            {
              ...value,
              name: value.column.toUpperCase(),
              isCompared: named.some((one) => one.type === 'choice' && one.of === value.member),
            } as Quantity,
          ],
    ),
    rules: rules as readonly Rule[],
  };
}

function toSnakeCase(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export const KINDS: readonly Kind[] = Object.entries<unknown>(DEFINITIONS).map(([kind, definition]) =>
  complete(kind as ReadingKind, definition as KindDefinition),
);

/** Values of all kinds, each once. Kinds that share a value share its column and its field. */
export const VALUES: readonly ReadingValue[] = [
  ...new Map(KINDS.flatMap(({ values }) => values.map((value) => [value.member, value] as const))).values(),
];

/** Units in which a quantity can be sent and returned. */
export function unitsOf({ unit, units = { [unit]: unit } }: Pick<Quantity, 'unit' | 'units'>): MeasurementUnit[] {
  return Object.values(units);
}

/** The word for each unit of a quantity in REST. */
export function restUnitsOf(quantity: Pick<Quantity, 'unit' | 'units' | 'restUnit'>): Map<MeasurementUnit, string> {
  const { unit: stored, restUnit } = quantity;
  return new Map(unitsOf(quantity).map((unit) => [unit, (unit === stored && restUnit) || REST_UNITS[unit]]));
}

export const ReadingKind = defineEnum(
  'ReadingKind',
  'What a reading measures.',
  Object.fromEntries(KINDS.map(({ kind, description }) => [kind, description])) as Record<ReadingKind, string>,
  { unknown: 'show the `measurements` of an unknown kind' },
);

export const MeasurementName = defineEnum(
  'MeasurementName',
  'Quantity that a reading measures.',
  Object.fromEntries(
    KINDS.flatMap(({ quantities }) => quantities).map(({ name, label, title = label, ...quantity }) => [
      name,
      `${title}, in ${symbolsOf(quantity)}.`,
    ]),
  ),
);
export type MeasurementName = string;

/** `mg/dL or mmol/L` */
function symbolsOf(quantity: Pick<Quantity, 'unit' | 'units'>): string {
  return unitsOf(quantity)
    .map((unit) => SYMBOLS[unit])
    .join(' or ');
}

const BY_NUMBER = new Map(KINDS.map((kind) => [kind.number, kind]));
const BY_KIND = new Map(KINDS.map((kind) => [kind.kind, kind]));

export function definitionOf(kind: ReadingKind): Kind {
  return BY_KIND.get(kind)!;
}

export function definitionOfNumber(kindNumber: number): Kind {
  return BY_NUMBER.get(kindNumber)!;
}
