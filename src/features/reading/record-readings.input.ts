import { Float, ID, Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { inputType, optional, required, type InputOf, type MemberField } from '../../platform/graphql/types';
import { DEVICE_REFERENCE } from '../device/device-operation.input';
import { capitalize } from '../kind/kind-definition';
import { KINDS, type KindMember, type ReadingValue, type SentValues } from '../kind/reading-kind';
import { UNIT_WORDS } from '../kind/measurement-unit';
import { MAX_READINGS } from './reading-rules';

/** The values of each kind. */
const KIND_FIELDS = Object.fromEntries(
  KINDS.map(({ member, noun, baseName, values, inputNote }) => {
    const what = values.length === 1 ? 'The value' : 'The values';
    const note = inputNote === undefined ? '' : ` ${inputNote}`;
    const fields = Object.fromEntries(values.map((value) => [value.member, fieldOf(value)]));
    const input = inputType(`${baseName}Input`, `${what} of ${noun}.${note}`, fields);
    return [member, optional(input, `${capitalize(noun)}.`)];
  }),
);

function fieldOf(value: ReadingValue): MemberField<never> {
  if (value.type === 'flag') return optional(Boolean, value.description);
  const { type, label, unit, min, max, optional: isOptional, inputNote } = value;
  const name = isOptional ? `${label}, if it was measured too` : label;
  const note = inputNote === undefined ? '' : `, ${inputNote}`;
  const field = isOptional ? optional : required;
  return field(type === 'integer' ? Int : Float, `${name}: ${min} to ${max} ${UNIT_WORDS[unit]}${note}.`);
}

const COMMON_FIELDS = {
  ...DEVICE_REFERENCE,
  patientId: optional(
    ID,
    'Which patient: the global id or the databaseId. Together with a device, the patient who had it at `takenAt`.',
  ),
  patientExternalIdentifier: optional(
    String,
    "Which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
  ),
  takenAt: required(DateTime, 'When it was taken: not before 2000, at most 24 hours in the future.'),
  deviceTimeZoneOffset: optional(
    Int,
    "The device's own clock: seconds east of UTC, -64800 to 64800; null when the device does not tell.",
  ),
  manual: optional(Boolean, 'Whether somebody entered it by hand; false when absent.'),
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
