import type { MeasurementUnit, UnitChoice } from './measurement-unit';

/** A number that a kind of reading holds. */
export interface QuantityDefinition {
  readonly type: 'integer' | 'decimal';
  /** Name in the context of its kind: `Systolic pressure`. */
  readonly label: string;
  /** Name without context: `Systolic blood pressure`. By default the label. */
  readonly title?: string;
  /** Unit in which it is stored, and returned by default. */
  readonly unit: MeasurementUnit;
  /** Units in which it can be sent and returned, if there are several. Senders must then give the unit. */
  readonly units?: UnitChoice;
  /** Word for `unit` in REST, where it differs from that of the unit: oxygen saturation is in `spo2`. */
  readonly restUnit?: string;
  /** Physically possible range, inclusive. Source: docs/glossary.md#bounds. */
  readonly min: number;
  readonly max: number;
  /** Whether a device may omit it. */
  readonly optional?: boolean;
  /** Addition to the bounds in the description of the input. */
  readonly inputNote?: string;
  /** Value in the sample delivery of a webhook. */
  readonly sample: number;
}

/** One of several words, or null when unknown. */
export interface ChoiceDefinition {
  readonly type: 'choice';
  readonly choices: Readonly<Record<string, string>>;
  /** Quantity that it is sent as a part of. */
  readonly of?: string;
  readonly description: string;
  /** Value in the sample delivery of a webhook. */
  readonly sample: string | null;
}

export type ValueDefinition = QuantityDefinition | ChoiceDefinition;

/** Type of a stored value that is not null. */
export type ValueOf<Definition> = Definition extends { choices: infer Choices } ? Choices[keyof Choices] : number;

type Sent<Values> = {
  readonly [Member in keyof Values]: Values[Member] extends { type: 'choice' } | { optional: true }
    ? ValueOf<Values[Member]> | null | undefined
    : number;
};

/** A rule between the values of one reading, in addition to their bounds. */
export interface KindRule<Values> {
  /** Value that the refusal names. */
  readonly member: keyof Values & string;
  /** Predicate that follows the name in the message: `must be above diastolic`. */
  readonly rule: string;
  isBroken(values: Sent<Values>): boolean;
}

/** Definition of a kind of reading. Schema, tables, events and webhooks are derived from it. */
export interface KindDefinition<Values = Readonly<Record<string, ValueDefinition>>> {
  /** Value of the column `kind`. Never reused. */
  readonly number: number;
  /** What a reading is, with the article: `a blood pressure`. */
  readonly noun: string;
  /** Used where the context makes clear what is meant. By default the noun. */
  readonly shortNoun?: string;
  /** Devices that measure it: `e.g. from a cuff`. */
  readonly source?: string;
  /** Description of the value of the enum ReadingKind. */
  readonly description: string;
  /** Values by the names of their fields. Column names are derived from these. */
  readonly values: Values;
  readonly rules?: readonly KindRule<Values>[];
}

export function defineKind<const Values extends Readonly<Record<string, ValueDefinition>>>(
  definition: KindDefinition<Values>,
): KindDefinition<Values> {
  return definition;
}

/** Makes the first letter upper-case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
