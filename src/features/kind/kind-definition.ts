import type { MeasurementUnit, UnitChoice } from './measurement-unit';

/** A number that a kind of reading holds. */
export interface QuantityDefinition {
  readonly type: 'integer' | 'decimal';
  /** What it is, beside its kind: `Systolic pressure`. */
  readonly label: string;
  /** What it is, by itself: `Systolic blood pressure`; the label when absent. */
  readonly title?: string;
  /** In which it is stored, and shown unless another one is asked for. */
  readonly unit: MeasurementUnit;
  /** Those that it is sent and shown in, where that are several: whoever sends it must say which. */
  readonly units?: UnitChoice;
  /** What it can physically be, both ends included. Source: docs/glossary.md#bounds. */
  readonly min: number;
  readonly max: number;
  /** Whether a device may leave it out. */
  readonly optional?: boolean;
  /** What whoever sends it has to know besides its bounds. */
  readonly inputNote?: string;
  /** In the sample of a webhook. */
  readonly sample: number;
}

/** One of several words, or null when nobody said. */
export interface ChoiceDefinition {
  readonly type: 'choice';
  readonly choices: Readonly<Record<string, string>>;
  /** The quantity that it is a part of and is sent with. */
  readonly of?: string;
  readonly description: string;
  /** In the sample of a webhook. */
  readonly sample: string | null;
}

export type ValueDefinition = QuantityDefinition | ChoiceDefinition;

/** What a value is stored as; null where its kind does not have it, or nobody measured it. */
export type ValueOf<Definition> = Definition extends { choices: infer Choices } ? Choices[keyof Choices] : number;

type Sent<Values> = {
  readonly [Member in keyof Values]: Values[Member] extends { type: 'choice' } | { optional: true }
    ? ValueOf<Values[Member]> | null | undefined
    : number;
};

/** A rule between the values of one reading; their bounds are checked besides. */
export interface KindRule<Values> {
  /** The value that is refused. */
  readonly member: keyof Values & string;
  /** What it must or must not, to be read after its name. */
  readonly rule: string;
  isBroken(values: Sent<Values>): boolean;
}

/** All that there is to say of a kind of reading; the schema, the tables, the events and the webhooks follow from it. */
export interface KindDefinition<Values = Readonly<Record<string, ValueDefinition>>> {
  /** In the column `kind`; never given again. */
  readonly number: number;
  /** One reading in words: `a blood pressure`. */
  readonly noun: string;
  /** The noun where no other kind is near; the noun when absent. */
  readonly shortNoun?: string;
  /** What measures it: `e.g. from a cuff`. */
  readonly source?: string;
  /** What it measures, for the list of kinds. */
  readonly description: string;
  /** By their members in the schema, which give the columns their names. */
  readonly values: Values;
  readonly rules?: readonly KindRule<Values>[];
}

export function defineKind<const Values extends Readonly<Record<string, ValueDefinition>>>(
  definition: KindDefinition<Values>,
): KindDefinition<Values> {
  return definition;
}

/** Begins a sentence. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
