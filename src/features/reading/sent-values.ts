import type { MeasurementUnit } from '../kind/measurement-unit';
import type { Kind, Quantity, ValueMember, ValuesOfKind } from '../kind/reading-kind';
import { toStored } from '../kind/unit-conversion';

/** A number as an object, with its unit if it has several and with choices such as `comparator`. */
type SentQuantity = { readonly value: number; readonly unit?: MeasurementUnit } & {
  readonly [Member in ValueMember]?: string | null;
};

/** Values of one kind as a client sends them: numbers, choices and numbers as objects. */
export type SentValues = Readonly<Record<string, unknown>>;

/** Path to the number of a quantity within a reading. */
export function pathOf(kind: Kind, { member, units }: Quantity): string[] {
  if (kind.isQuantity) return [kind.member, 'value'];
  return units ? [kind.member, member, 'value'] : [kind.member, member];
}

/** Unit in which a quantity was sent. */
export function sentUnitOf(kind: Kind, { member, unit, units }: Quantity, sent: SentValues): MeasurementUnit {
  if (!units) return unit;
  return sentQuantity(kind, member, sent)?.unit ?? unit;
}

/** Values of a reading, converted to the units in which they are stored, unrounded. */
export function valuesOf(kind: Kind, sent: SentValues): ValuesOfKind {
  const values: Partial<Record<ValueMember, unknown>> = {};
  for (const value of kind.values) {
    const { member } = value;
    if (value.type === 'choice') {
      values[member] = value.of === undefined ? sent[member] : sentQuantity(kind, value.of, sent)?.[member];
    } else if (kind.isQuantity || value.units) {
      const quantity = sentQuantity(kind, member, sent);
      values[member] = quantity && toStored(quantity.value, quantity.unit ?? value.unit);
    } else values[member] = sent[member];
  }
  return values as ValuesOfKind;
}

function sentQuantity(kind: Kind, member: string, sent: SentValues): SentQuantity | null | undefined {
  return (kind.isQuantity ? sent : sent[member]) as SentQuantity | null | undefined;
}
