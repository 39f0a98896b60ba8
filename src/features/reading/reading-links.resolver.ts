import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { lastReadingAtByDevice, lastReadingAtByPatient } from '../activity/activity.loader';
import type { DeviceEntity } from '../device/device.entity';
import { Device } from '../device/device.type';
import { ReadingKind } from '../kind/reading-kind';
import type { PatientEntity } from '../patient/patient.entity';
import { Patient } from '../patient/patient.type';
import { ListLength } from '../../platform/operation/field-extensions';
import type { RequestContext } from '../../platform/operation/request-context';
import { DateTime } from '../../platform/graphql/scalars.type';
import { ReadingsArguments, ReadingTrendArguments } from './reading.input';
import { latestReadingsByPatient, readingsOfDevice, readingsOfPatient } from './reading.loader';
import type { ReadingService } from './reading.service';
import { Reading, ReadingConnection, ReadingTrendPoint } from './reading.type';
import { maxBuckets } from './trend-bucket';

/** Fields of a device that are answered from the rows of readings. */
@Resolver(() => Device)
export class DeviceReadingsResolver {
  constructor(private readonly service: ReadingService) {}

  @FieldResolver(() => ReadingConnection, {
    description: 'What the device measured, newest first by `takenAt`, whoever held it then.',
  })
  readings(
    @Root() device: DeviceEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ReadingsArguments) request: ReadingsArguments,
  ) {
    return this.service.listOf(ctx, readingsOfDevice, device, request);
  }

  @FieldResolver(() => Reading, {
    nullable: true,
    description: 'The newest reading by `takenAt`; null when there is none.',
  })
  latestReading(
    @Root() device: DeviceEntity,
    @Ctx() ctx: RequestContext,
    @Arg('kind', () => ReadingKind, { nullable: true, description: 'Of this kind; of any kind when absent.' })
    kind?: ReadingKind | null,
  ) {
    return this.service.latestOfDevice(ctx, device, kind);
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'When its newest reading was taken; null when it never sent one.',
  })
  lastReadingAt(@Root() { customerId, id }: DeviceEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(lastReadingAtByDevice, { customerId, id });
  }
}

/** Fields of a patient that are answered from the rows of readings. */
@Resolver(() => Patient)
export class PatientReadingsResolver {
  constructor(private readonly service: ReadingService) {}

  @FieldResolver(() => ReadingConnection, {
    description: "The patient's readings, newest first by `takenAt`, from all devices that the patient ever had.",
  })
  readings(
    @Root() patient: PatientEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ReadingsArguments) request: ReadingsArguments,
  ) {
    return this.service.listOf(ctx, readingsOfPatient, patient, request);
  }

  @FieldResolver(() => [Reading], {
    description: 'The newest reading of each kind; kinds that the patient has none of are left out.',
  })
  latestReadings(@Root() { customerId, id }: PatientEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(latestReadingsByPatient, { customerId, id });
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: "When the patient's newest reading was taken; null when there is none.",
  })
  lastReadingAt(@Root() { customerId, id }: PatientEntity, @Ctx() ctx: RequestContext) {
    return ctx.loaders.load(lastReadingAtByPatient, { customerId, id });
  }

  @ListLength(maxBuckets)
  @FieldResolver(() => [ReadingTrendPoint], {
    description:
      "A chart: the readings of one kind by buckets of time, in order. Buckets are cut in the patient's zone; those without readings are left out. The period may have at most 1,000 of them.",
  })
  readingTrend(
    @Root() patient: PatientEntity,
    @Ctx() ctx: RequestContext,
    @Args(() => ReadingTrendArguments) { kind, from, to, bucket }: ReadingTrendArguments,
  ) {
    return this.service.trend(ctx, patient, { kind, from, to, bucket });
  }
}
