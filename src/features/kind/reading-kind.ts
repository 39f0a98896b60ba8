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
import { SYMBOLS, type MeasurementUnit } from './measurement-unit';

/** The kinds of readings; which of them a device sends depends on its item. */
export type ReadingKind = keyof typeof DEFINITIONS;

/** The member of an input reading that holds the values of a kind. */
export type KindMember = CamelCase<ReadingKind>;

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type ValueDefinitions = Intersection<(typeof DEFINITIONS)[ReadingKind]['values']>;

export type ValueMember = keyof ValueDefinitions;

/** All that a kind of reading can hold: the values that make two readings the same or not. */
export type ReadingValues = { [Member in ValueMember]: ValueOf<ValueDefinitions[Member]> | null };

/** The values of one kind as they are to be stored. */
export type ValuesOfKind = { readonly [Member in ValueMember]?: ReadingValues[Member] | undefined };

interface Named {
  readonly member: ValueMember;
  /** The column of the table `reading`. */
  readonly column: string;
}

export type ReadingValue = ValueDefinition & Named;

export interface Quantity extends QuantityDefinition, Named {
  readonly member: { [M in ValueMember]: ReadingValues[M] extends number | null ? M : never }[ValueMember];
  readonly name: MeasurementName;
  /** Whether it can be a meter's limit. */
  readonly isCompared: boolean;
}

interface Rule extends Omit<KindRule<ValueDefinitions>, 'isBroken'> {
  isBroken(values: ValuesOfKind): boolean;
}

/** A kind with all that its name gives a name. */
export interface Kind extends Omit<KindDefinition, 'values' | 'rules'> {
  readonly kind: ReadingKind;
  readonly member: KindMember;
  /** What the names of its GraphQL types begin with: `BloodPressure`. */
  readonly baseName: string;
  /** Whether its one quantity has its name: what is sent for the kind then is the quantity itself, `weight: { value: 80 }`. */
  readonly isQuantity: boolean;
  /** The GraphQL type of its readings. */
  readonly typeName: string;
  /** The column of the tables of activity that tells when the last one was taken. */
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

/** The values of all kinds, each once: kinds that share one share its column and its field. */
export const VALUES: readonly ReadingValue[] = [
  ...new Map(KINDS.flatMap(({ values }) => values.map((value) => [value.member, value] as const))).values(),
];

/** The units that a quantity is sent and shown in. */
export function unitsOf({ unit, units = { [unit]: unit } }: Pick<Quantity, 'unit' | 'units'>): MeasurementUnit[] {
  return Object.values(units);
}

export const ReadingKind = defineEnum(
  'ReadingKind',
  'What a reading measures.',
  Object.fromEntries(KINDS.map(({ kind, description }) => [kind, description])) as Record<ReadingKind, string>,
  { unknown: 'show the `measurements` of an unknown kind' },
);

export const MeasurementName = defineEnum(
  'MeasurementName',
  'What was measured.',
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
