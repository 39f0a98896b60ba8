import { Float, ID, Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { defaulted, inputType, optional, required, type InputOf, type MemberField } from '../../platform/graphql/types';
import { DEVICE_REFERENCE } from '../device/device-operation.input';
import { PATIENT_REFERENCE } from '../patient/patient.input';
import { capitalize, type ChoiceDefinition } from '../kind/kind-definition';
import { SYMBOLS } from '../kind/measurement-unit';
import { KINDS, unitsOf, type Kind, type KindMember, type Quantity } from '../kind/reading-kind';
import { boundsIn } from '../kind/unit-conversion';
import { MAX_READINGS } from './reading-rules';
import type { SentValues } from './sent-values';

/** The values of each kind. */
const KIND_FIELDS = Object.fromEntries(
  KINDS.map((kind) => {
    const { member, noun } = kind;
    const what = kind.values.length === 1 ? 'The value' : 'The values';
    const fields = kind.isQuantity ? partsOf(kind, kind.quantities[0]!) : fieldsOf(kind);
    const input = inputType(`${kind.baseName}Input`, `${what} of ${noun}.`, fields);
    return [member, optional(input, `${capitalize(noun)}.`)];
  }),
);

function fieldsOf(kind: Kind): Record<string, MemberField<never>> {
  const quantities = kind.quantities.map((quantity): [string, MemberField<never>] => {
    const { member, label, units, optional: isOptional } = quantity;
    if (!units) return [member, numberOf(quantity)];
    const input = inputType(`${capitalize(member)}Input`, `${label}, with its unit.`, partsOf(kind, quantity));
    const field = isOptional ? optional : required;
    return [member, field(input, `${label}, with its unit${isOptional ? ', if it was measured too' : ''}.`)];
  });
  const choices = kind.values.flatMap((value): [string, MemberField<never>][] =>
    value.type === 'choice' && value.of === undefined ? [[value.member, choiceOf(value)]] : [],
  );
  return Object.fromEntries([...quantities, ...choices]);
}

/** A quantity as an object: its number, its unit where there are several, and what else belongs to it. */
function partsOf({ values }: Kind, quantity: Quantity): Record<string, MemberField<never>> {
  const { member, units } = quantity;
  return {
    value: numberOf({ ...quantity, optional: false }),
    ...(units && { unit: required(units, 'The unit of `value`.') }),
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

/** E.g. `Glucose: 10 to 1000 mg/dL, or 0.56 to 55.5 mmol/L.` */
function numberOf(quantity: Quantity): MemberField<never> {
  const { type, label, optional: isOptional, inputNote } = quantity;
  const name = isOptional ? `${label}, if it was measured too` : label;
  const bounds = unitsOf(quantity).map((unit) => `${boundsIn(quantity, unit).join(' to ')} ${SYMBOLS[unit]}`);
  const note = inputNote === undefined ? '' : `, ${inputNote}`;
  const field = isOptional ? optional : required;
  return field(type === 'integer' ? Int : Float, `${name}: ${bounds.join(', or ')}${note}.`);
}

const COMMON_FIELDS = {
  ...DEVICE_REFERENCE,
  ...PATIENT_REFERENCE,
  patientId: optional(
    ID,
    'Which patient: the global id or the databaseId. Together with a device, the patient who had it at `takenAt`.',
  ),
  takenAt: required(DateTime, 'When it was taken: not before 2000, at most 24 hours in the future.'),
  deviceTimeZoneOffset: optional(
    Int,
    "The device's own clock: seconds east of UTC, -64800 to 64800; null when the device does not tell.",
  ),
  manual: defaulted(Boolean, false, 'Whether somebody entered it by hand.'),
};

const Input = inputType(
  'ReadingInput',
  'One reading: exactly one of the kinds. It names its device; one that was entered by hand may name a patient instead.',
  { ...COMMON_FIELDS, ...KIND_FIELDS },
);

/** A reading as a client sends it: exactly one of the kinds. */
export type ReadingInput = InputOf<typeof COMMON_FIELDS> & { [Member in KindMember]?: SentValues | null };

export const RecordReadingsInput = inputType('RecordReadingsInput', 'Readings to record, of any kinds and devices.', {
  readings: required([Input], `The readings: 1 to ${MAX_READINGS}.`),
});
export interface RecordReadingsInput {
  readings: ReadingInput[];
}
