import { Float, ID, Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { defaulted, inputType, optional, required, type InputOf, type MemberField } from '../../platform/graphql/types';
import { DEVICE_REFERENCE } from '../device/device-operation.input';
import { PATIENT_REFERENCE } from '../patient/patient.input';
import { capitalize, type ChoiceDefinition } from '../kind/kind-definition';
import { SYMBOLS } from '../kind/measurement-unit';
import { KINDS, unitsOf, type Kind, type KindMember, type Quantity } from '../kind/reading-kind';
import { boundsIn } from '../kind/unit-conversion';
import { MAX_READINGS, MAX_SOURCE_ID } from './reading-rules';
import type { SentValues } from './sent-values';

/** One input type per kind, by the name of its field in ReadingInput. */
const KIND_FIELDS = Object.fromEntries(
  KINDS.map((kind) => {
    const { member, noun } = kind;
    const what = kind.values.length === 1 ? 'Value' : 'Values';
    const fields = kind.isQuantity ? partsOf(kind, kind.quantities[0]!) : fieldsOf(kind);
    const input = inputType(`${kind.baseName}Input`, `${what} of ${noun} reading.`, fields);
    return [member, optional(input, `${what} of ${noun} reading.`)];
  }),
);

function fieldsOf(kind: Kind): Record<string, MemberField<never>> {
  const quantities = kind.quantities.map((quantity): [string, MemberField<never>] => {
    const { member, label, units, optional: isOptional } = quantity;
    if (!units) return [member, numberOf(quantity)];
    const input = inputType(`${capitalize(member)}Input`, `${label}, with its unit.`, partsOf(kind, quantity));
    const field = isOptional ? optional : required;
    return [member, field(input, `${label}, with its unit.${whenOmitted(quantity)}`)];
  });
  const choices = kind.values.flatMap((value): [string, MemberField<never>][] =>
    value.type === 'choice' && value.of === undefined ? [[value.member, choiceOf(value)]] : [],
  );
  return Object.fromEntries([...quantities, ...choices]);
}

/** Fields of a quantity sent as an object: its number, its unit if it has several, and the choices that belong to it. */
function partsOf({ values }: Kind, quantity: Quantity): Record<string, MemberField<never>> {
  const { member, units } = quantity;
  return {
    value: numberOf({ ...quantity, optional: false }),
    ...(units && { unit: required(units, 'Unit of `value`.') }),
    ...Object.fromEntries(
      values.flatMap((value) =>
        value.type === 'choice' && value.of === member ? [[value.member, choiceOf(value)] as const] : [],
      ),
    ),
  };
}

function choiceOf({ choices, description }: ChoiceDefinition): MemberField<never> {
  return optional(choices, description);
}

function numberOf(quantity: Quantity): MemberField<never> {
  const field = quantity.optional ? optional : required;
  return field(quantity.type === 'integer' ? Int : Float, `${boundsOf(quantity)}${whenOmitted(quantity)}`);
}

/** E.g. `Glucose: 10 to 1000 mg/dL, or 0.56 to 55.5 mmol/L.` */
export function boundsOf(quantity: Quantity): string {
  const { label, inputNote } = quantity;
  const bounds = unitsOf(quantity).map((unit) => `${boundsIn(quantity, unit).join(' to ')} ${SYMBOLS[unit]}`);
  const note = inputNote === undefined ? '' : `, ${inputNote}`;
  return `${label}: ${bounds.join(', or ')}${note}.`;
}

function whenOmitted({ optional: isOptional }: Pick<Quantity, 'optional'>): string {
  return isOptional ? ' Omit it if it was not measured.' : '';
}

const COMMON_FIELDS = {
  ...DEVICE_REFERENCE,
  ...PATIENT_REFERENCE,
  patientId: optional(
    ID,
    'Patient, by global id or `databaseId`. Together with a device, it must be the holder of the device at `takenAt`.',
  ),
  takenAt: required(DateTime, 'Time at which the reading was taken. Not before 2000, at most 24 hours in the future.'),
  sourceId: optional(
    String,
    `Number that the device gave the reading, up to ${MAX_SOURCE_ID} characters. Part of the reading's identity: give it if the device can measure twice at one \`takenAt\`, e.g. because its clock has no seconds. Send it each time or never.`,
  ),
  deviceTimeZoneOffset: optional(
    Int,
    "UTC offset of the device's clock in seconds, positive east of UTC, -64800 to 64800. Omit it if the device reports none.",
  ),
  manual: defaulted(Boolean, false, 'Whether the reading was entered by hand.'),
};

const Input = inputType(
  'ReadingInput',
  'A reading with the values of exactly one kind. It must name its device. A reading entered by hand (`manual`) can name a patient instead.',
  { ...COMMON_FIELDS, ...KIND_FIELDS },
);

/** A reading as a client sends it, with exactly one kind. */
export type ReadingInput = InputOf<typeof COMMON_FIELDS> & { [Member in KindMember]?: SentValues | null };

export const RecordReadingsInput = inputType('RecordReadingsInput', 'Readings to record, of any kinds and devices.', {
  readings: required([Input], `Readings to record, 1 to ${MAX_READINGS.toLocaleString('en-US')}.`, {
    limit: 'readings of a call',
  }),
});
export interface RecordReadingsInput {
  readings: ReadingInput[];
}
