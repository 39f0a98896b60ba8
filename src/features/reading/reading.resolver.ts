import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { deviceById } from '../device/device.loader';
import { Device } from '../device/device.type';
import { patientById } from '../patient/patient.loader';
import { Patient } from '../patient/patient.type';
import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import type { RequestContext } from '../../platform/operation/request-context';
import { definitionOf } from '../kind/reading-kind';
import type { ReadingRow } from './reading.row';
import { attributionOf, ReadingAttribution } from './reading.row';
import { Measurement, Reading } from './reading.type';
import { RecordReadingsInput } from './record-readings.input';
import { recordReadings } from './record-readings';
import { RecordReadingsPayload } from './record-readings.type';

export const ReadingMutations = mutationResolver(
  mutation(recordReadings, {
    description:
      'Records what devices measured, up to 1,000 readings of any kinds and devices. A broken rule refuses its own reading alone; a value of the wrong type refuses the call. Safe to send again, in any order and split: a reading that is stored is not stored twice.',
    input: [RecordReadingsInput, 'The readings.'],
    payload: RecordReadingsPayload,
  }),
);

/** Recorders of readings see what they recorded and nothing behind it. */
@Resolver(() => Reading)
export class ReadingResolver {
  @FieldResolver(() => Device, {
    nullable: true,
    description: 'Which device took it, as it is now; null when it was entered by hand without one.',
  })
  device(@Root() { deviceId }: ReadingRow, @Ctx() ctx: RequestContext) {
    ctx.authorize('programme:read');
    return deviceId === null ? null : ctx.loaders.load(deviceById, deviceId);
  }

  @FieldResolver(() => Patient, {
    nullable: true,
    description:
      'Whose reading it is: who held the device when it was taken, or whom somebody entered it for; null when nobody held it.',
  })
  patient(@Root() { patientId }: ReadingRow, @Ctx() ctx: RequestContext) {
    ctx.authorize('programme:read');
    return patientId === null ? null : ctx.loaders.load(patientById, patientId);
  }

  @FieldResolver(() => ReadingAttribution, { description: 'How it came to its patient.' })
  attribution(@Root() reading: ReadingRow): ReadingAttribution {
    return attributionOf(reading);
  }

  @FieldResolver(() => [Measurement], {
    description: 'Its numbers in one shape for every kind, for tables and charts. What was not measured is left out.',
  })
  measurements(@Root() reading: ReadingRow): Measurement[] {
    return definitionOf(reading.kind).quantities.flatMap(({ member, name, unit }) => {
      const value = reading[member];
      return value === null ? [] : [{ name, value, unit }];
    });
  }
}
