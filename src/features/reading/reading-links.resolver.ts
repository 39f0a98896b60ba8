import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { Args, FieldResolver, Resolver } from 'type-graphql';
import { children, defineFields, list, type FieldSource } from '../../platform/graphql/fields';
import type { BoundResolver } from '../../platform/graphql/feature';
import { KINDS } from '../kind/reading-kind';
import { DateTime } from '../../platform/graphql/scalars.type';
import { ChecksArguments, ListLength } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import { latestReadingAtByDevice, latestReadingAtByPatient } from '../activity/activity.repository';
import type { DeviceEntity } from '../device/device.entity';
import { Device } from '../device/device.type';
import type { PatientEntity } from '../patient/patient.entity';
import { Patient } from '../patient/patient.type';
import { LatestReadingArguments, ReadingTrendArguments } from './reading.input';
import { readingsOfDevice, readingsOfPatient } from './reading.list';
import { latestReadingOfDevice, latestReadingsByDevice, latestReadingsByPatient } from './reading.repository';
import { newestOf } from './reading.row';
import { bucketsWithPatient, readTrend, TREND_OWNER, type TrendOwner } from './reading-trend';
import type { ZoneOffsets } from './zone-offsets';
import { Reading, ReadingConnection, ReadingTrendPoint } from './reading.type';
import { maxBuckets } from './trend-bucket';

defineFields<DeviceEntity>(Device, {
  readings: list(
    ReadingConnection,
    readingsOfDevice,
    'Readings taken with the device, newest first by the earlier of `takenAt` and `receivedAt`. Includes the readings of former holders.',
  ),
  latestReading: {
    type: Reading,
    nullable: true,
    description: 'Newest reading by the earlier of `takenAt` and `receivedAt`. Null when there is none.',
    args: LatestReadingArguments,
    source: { kind: 'children', loader: latestReadingsByDevice, below: latestReadingOfDevice },
    resolve: async ({ customerId, id }, { kind }: LatestReadingArguments, { loaders }) => {
      const latest = await loaders.load(latestReadingsByDevice, { customerId, id });
      return newestOf(kind == null ? latest : latest.filter((reading) => reading.kind === kind));
    },
  },
  latestReadingAt: children(
    DateTime,
    latestReadingAtByDevice,
    'Time of the newest reading: the earlier of its `takenAt` and `receivedAt`. Null when the device has no readings.',
    { nullable: true },
  ),
});

defineFields<PatientEntity>(Patient, {
  readings: list(
    ReadingConnection,
    readingsOfPatient,
    'Readings of the patient from all devices, newest first by the earlier of `takenAt` and `receivedAt`.',
  ),
  latestReadings: children(
    [Reading],
    latestReadingsByPatient,
    'Newest reading of each kind, by the earlier of `takenAt` and `receivedAt`. Omits kinds without a reading. Null only when the field fails with an error.',
    { nullable: true, length: KINDS.length },
  ),
  latestReadingAt: children(
    DateTime,
    latestReadingAtByPatient,
    'Time of the newest reading: the earlier of its `takenAt` and `receivedAt`. Null when the patient has no readings.',
    { nullable: true },
  ),
});

/** A resolver class, since the field needs the zone offsets that the process caches. */
@Resolver(() => Patient)
export class ReadingTrendResolver implements BoundResolver {
  constructor(private readonly offsets: ZoneOffsets) {}

  @ListLength(maxBuckets)
  @ChecksArguments()
  @FieldResolver(() => [ReadingTrendPoint], {
    nullable: true,
    description:
      "Readings of one kind summarized by buckets of time, oldest first, e.g. for a chart. A reading counts at the earlier of `takenAt` and `receivedAt`. Buckets follow the patient's time zone; empty ones are omitted. The period can span at most 1,000 buckets. Null only when the field fails with an error.",
  })
  readingTrend(@Args(() => ReadingTrendArguments) _trend: ReadingTrendArguments): never {
    throw new Error('The field is bound to its resolver.');
  }

  bindTo(schema: GraphQLSchema): void {
    const { readingTrend } = (
      schema.getType(Patient.name) as GraphQLObjectType<PatientEntity, RequestContext>
    ).getFields();
    const resolve = (patient: TrendOwner, trend: ReadingTrendArguments, ctx: RequestContext) =>
      readTrend(ctx, this.offsets, patient, trend);
    const withRow = bucketsWithPatient(this.offsets);
    const source: FieldSource = { kind: 'computed', columns: TREND_OWNER, loads: true, withRow };
    readingTrend!.extensions = { ...readingTrend!.extensions, source, resolve };
    readingTrend!.resolve = resolve;
  }
}
