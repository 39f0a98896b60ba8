import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { children, defineFields, list } from '../../platform/graphql/fields';
import { DateTime } from '../../platform/graphql/scalars.type';
import { ListLength } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import { latestReadingAtByDevice, latestReadingAtByPatient } from '../activity/activity.repository';
import type { DeviceEntity } from '../device/device.entity';
import { Device } from '../device/device.type';
import type { PatientEntity } from '../patient/patient.entity';
import { Patient } from '../patient/patient.type';
import { LatestReadingArguments, ReadingTrendArguments } from './reading.input';
import { readingsOfDevice, readingsOfPatient } from './reading.list';
import { latestReadingsByDevice, latestReadingsByPatient } from './reading.repository';
import { newestOf } from './reading.row';
import { readTrend } from './reading-trend';
import type { ZoneOffsets } from './zone-offsets';
import { Reading, ReadingConnection, ReadingTrendPoint } from './reading.type';
import { maxBuckets } from './trend-bucket';

defineFields<DeviceEntity>(Device, {
  readings: list(
    ReadingConnection,
    readingsOfDevice,
    'What the device measured, newest first by `takenAt`, whoever held it then.',
  ),
  latestReading: {
    type: Reading,
    nullable: true,
    description: 'The newest reading by `takenAt`; null when there is none.',
    args: LatestReadingArguments,
    source: { kind: 'children', loader: latestReadingsByDevice },
    resolve: async ({ customerId, id }, { kind }: LatestReadingArguments, { loaders }) => {
      const latest = await loaders.load(latestReadingsByDevice, { customerId, id });
      return newestOf(kind == null ? latest : latest.filter((reading) => reading.kind === kind));
    },
  },
  latestReadingAt: children(
    DateTime,
    latestReadingAtByDevice,
    'When its newest reading was taken; null when it never sent one.',
    { nullable: true },
  ),
});

defineFields<PatientEntity>(Patient, {
  readings: list(
    ReadingConnection,
    readingsOfPatient,
    "The patient's readings, newest first by `takenAt`, from all devices that the patient ever had.",
  ),
  latestReadings: children(
    [Reading],
    latestReadingsByPatient,
    'The newest reading of each kind; kinds that the patient has none of are left out. Null only with an error.',
    { nullable: true },
  ),
  latestReadingAt: children(
    DateTime,
    latestReadingAtByPatient,
    "When the patient's newest reading was taken; null when there is none.",
    { nullable: true },
  ),
});

/** A field that needs the zones' offsets, which the process computes once. */
@Resolver(() => Patient)
export class ReadingTrendResolver {
  constructor(private readonly offsets: ZoneOffsets) {}

  @ListLength(maxBuckets)
  @FieldResolver(() => [ReadingTrendPoint], {
    nullable: true,
    description:
      "A chart: the readings of one kind by buckets of time, in order. Buckets are cut in the patient's zone; those without readings are left out. The period may have at most 1,000 of them. Null only with an error.",
  })
  readingTrend(
    @Root() patient: PatientEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ReadingTrendArguments) trend: ReadingTrendArguments,
  ) {
    return readTrend(ctx, this.offsets, patient, trend);
  }
}
