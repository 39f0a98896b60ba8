import { Field, Float, ID, InputType, Int } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.type';
import { capitalize } from '../kind/kind-definition';
import { KINDS, type KindMember, type ReadingValue, type SentValues } from '../kind/reading-kind';
import { UNIT_WORDS } from '../kind/measurement-unit';
import { MAX_READINGS } from './reading-rules';

@InputType('ReadingInput', {
  description:
    'One reading: exactly one of the kinds. It names its device; one that was entered by hand may name a patient instead.',
})
class ReadingInputFields {
  @Field(() => ID, { nullable: true, description: 'Which device: its global id or its databaseId.' })
  deviceId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Which device: any of its identifiers. Given together with deviceId, both must mean the same device.',
  })
  deviceIdentifier?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'Which patient: the global id or the databaseId. Together with a device, the patient who had it at `takenAt`.',
  })
  patientId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Which patient: the customer's own name for it. Given together with patientId, both must mean the same patient.",
  })
  patientExternalIdentifier?: string | null;

  @Field(() => DateTime, { description: 'When it was taken: not before 2000, at most 24 hours in the future.' })
  takenAt: Date;

  @Field(() => Int, {
    nullable: true,
    description: "The device's own clock: seconds east of UTC, -64800 to 64800; null when the device does not tell.",
  })
  deviceTimeZoneOffset?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether somebody entered it by hand; false when absent.' })
  manual?: boolean | null;
}

for (const { member, noun, baseName, values, inputNote } of KINDS) {
  const what = values.length === 1 ? 'The value' : 'The values';
  const note = inputNote === undefined ? '' : ` ${inputNote}`;

  @InputType(`${baseName}Input`, { description: `${what} of ${noun}.${note}` })
  class KindInput {}
  for (const value of values) inputField(value)(KindInput.prototype, value.member);

  Field(() => KindInput, { nullable: true, description: `${capitalize(noun)}.` })(ReadingInputFields.prototype, member);
}

function inputField(value: ReadingValue): PropertyDecorator {
  if (value.type === 'flag') return Field(() => Boolean, { nullable: true, description: value.description });
  const { type, label, unit, min, max, optional = false, inputNote } = value;
  const name = optional ? `${label}, if it was measured too` : label;
  const note = inputNote === undefined ? '' : `, ${inputNote}`;
  const description = `${name}: ${min} to ${max} ${UNIT_WORDS[unit]}${note}.`;
  return Field(() => (type === 'integer' ? Int : Float), { nullable: optional, description });
}

/** A reading as a client sends it: exactly one of the kinds. */
export type ReadingInput = ReadingInputFields & { [Member in KindMember]?: SentValues | null };

@InputType({ description: 'Readings to record, of any kinds and devices.' })
export class RecordReadingsInput {
  @Field(() => [ReadingInputFields], { description: `The readings: 1 to ${MAX_READINGS}.` })
  readings: ReadingInput[];
}
