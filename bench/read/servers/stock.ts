import 'reflect-metadata';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import DataLoader from 'dataloader';
import { GraphQLScalarType } from 'graphql';
import {
  Arg,
  buildSchema,
  Ctx,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Int,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { DataSource, In, IsNull, MoreThan, type EntityManager } from 'typeorm';
import type { Facts } from '../data';
import { announce } from './listen';
import {
  AssociationRow,
  DeviceRow,
  DeviceStatus,
  ENTITIES,
  EventRow,
  PatientActivityRow,
  PatientRow,
  ReadingRow,
  SiteRow,
  StatusChangeRow,
} from './stock-entities';

/**
 * The same schema in the ordinary way: Apollo Server, type-graphql, TypeORM repositories and one DataLoader for each relation and
 * request. No row-level security, authentication or checks.
 */
const { customerId } = JSON.parse(process.env.BENCH_FACTS!) as Facts;
const source = new DataSource({
  type: 'postgres',
  url: process.env.BENCH_DATABASE_URL!,
  entities: ENTITIES,
  extra: { max: 10, options: '-c TimeZone=UTC' },
});

const enumOf = <const Names extends string[]>(...names: Names) =>
  Object.fromEntries(names.map((name) => [name, name])) as { [Name in Names[number]]: Name };
const ReadingKind = enumOf('BLOOD_PRESSURE', 'BLOOD_GLUCOSE', 'BLOOD_OXYGEN', 'WEIGHT', 'HEART_RATE');
const TrendBucket = enumOf('HOUR', 'DAY', 'WEEK', 'MONTH');
const PatientSortField = enumOf('CREATED_AT', 'LAST_NAME');
const SortDirection = enumOf('ASC', 'DESC');
for (const [name, one] of Object.entries({ ReadingKind, TrendBucket, PatientSortField, SortDirection, DeviceStatus }))
  registerEnumType(one, { name });

const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: (value) => new Date(value as string),
});

/** By id, in the order of the keys. */
const byKey = <Row extends object>(find: (keys: string[]) => Promise<Row[]>, keyOf: (row: Row) => string | null) =>
  new DataLoader<string, Row | null>(async (keys) => {
    const rows = new Map((await find([...keys])).map((row) => [keyOf(row), row]));
    return keys.map((key) => rows.get(key) ?? null);
  });

function createLoaders() {
  const { manager } = source;
  return {
    site: byKey(
      (ids) => manager.findBy(SiteRow, { customerId, databaseId: In(ids) }),
      (row) => row.databaseId,
    ),
    patient: byKey(
      (ids) => manager.findBy(PatientRow, { customerId, databaseId: In(ids) }),
      (row) => row.databaseId,
    ),
    association: byKey(
      (ids) => manager.findBy(AssociationRow, { customerId, deviceId: In(ids), endedAt: IsNull() }),
      (row) => row.deviceId,
    ),
    activity: byKey(
      (ids) => manager.findBy(PatientActivityRow, { customerId, patientId: In(ids) }),
      (row) => row.patientId,
    ),
    // Repositories have no limit for each parent.
    readings: new DataLoader<string, ReadingRow[]>(async (ids) => {
      const rows = await manager.query<ReadingRow[]>(
        `select r.id as "databaseId", r.device_id as "deviceId", r.taken_at as "takenAt", r.kind, r.systolic, r.diastolic,
           r.device_time_zone_offset as "deviceTimeZoneOffset", r.patient_time_zone_offset as "patientTimeZoneOffset"
         from unnest($2::bigint[]) as device (id), lateral (
           select * from reading where customer_id = $1 and device_id = device.id order by taken_at desc limit 3) r`,
        [customerId, ids],
      );
      return ids.map((id) => rows.filter(({ deviceId }) => deviceId === id));
    }),
    counts: new DataLoader<string, DeviceCount[]>(async (ids) => {
      const rows = await manager
        .createQueryBuilder(DeviceRow, 'd')
        .select('d.siteId', 'site')
        .addSelect('d.currentStatus', 'status')
        .addSelect('count(*)::int', 'count')
        .where({ customerId, siteId: In([...ids]) })
        .groupBy('d.siteId')
        .addGroupBy('d.currentStatus')
        .orderBy('d.currentStatus')
        .getRawMany<DeviceCount & { site: string }>();
      return ids.map((id) => rows.filter(({ site }) => site === id));
    }),
  };
}

interface Context {
  loaders: ReturnType<typeof createLoaders>;
}

@ObjectType()
class DeviceCount {
  @Field(() => DeviceStatus)
  status: string;

  @Field(() => Int)
  count: number;
}

@InterfaceType({
  resolveType: ({ kind }: Reading) => (kind === 'BLOOD_PRESSURE' ? 'BloodPressureReading' : 'OtherReading'),
})
abstract class Reading {
  @Field(() => ID)
  databaseId: string;

  @Field(() => DateTime)
  takenAt: Date;

  @Field(() => ReadingKind)
  kind: string;

  @Field(() => Int, { nullable: true })
  deviceTimeZoneOffset: number | null;

  @Field(() => Int, { nullable: true })
  patientTimeZoneOffset: number | null;
}

@ObjectType({ implements: Reading })
class BloodPressureReading extends Reading {
  @Field(() => Int)
  systolic: number;

  @Field(() => Int)
  diastolic: number;
}

@ObjectType({ implements: Reading })
class OtherReading extends Reading {}

@ObjectType()
class ReadingConnection {
  @Field(() => [Reading])
  nodes: Reading[];
}

@ObjectType()
class DeviceConnection {
  @Field(() => [DeviceRow])
  nodes: DeviceRow[];
}

@ObjectType()
class SiteConnection {
  @Field(() => [SiteRow])
  nodes: SiteRow[];
}

@ObjectType()
class PatientConnection {
  @Field(() => [PatientRow])
  nodes: PatientRow[];
}

@ObjectType()
class MeasurementSummary {
  @Field()
  name: string;

  @Field(() => Float)
  min: number;

  @Field(() => Float)
  max: number;

  @Field(() => Float)
  mean: number;
}

@ObjectType()
class ReadingTrendPoint {
  @Field(() => DateTime)
  startsAt: Date;

  @Field(() => Int)
  count: number;

  @Field(() => [MeasurementSummary])
  measurements: MeasurementSummary[];
}

@ObjectType()
class UserError {
  @Field()
  code: string;
}

@ObjectType()
class DevicePayload {
  @Field(() => [UserError])
  userErrors: UserError[];

  @Field(() => DeviceRow, { nullable: true })
  device: DeviceRow;
}

@InputType()
class DeviceFilter {
  @Field(() => [DeviceStatus], { nullable: true })
  statuses?: string[];
}

@InputType()
class PatientFilter {
  @Field(() => DateTime, { nullable: true })
  silentSince?: Date;
}

@InputType()
class PatientSort {
  @Field(() => PatientSortField)
  field: string;

  @Field(() => SortDirection)
  direction: string;
}

@InputType()
class DateTimePeriod {
  @Field(() => DateTime)
  from: Date;

  @Field(() => DateTime)
  to: Date;
}

@InputType()
class AssociateDeviceInput {
  @Field(() => ID)
  deviceId: string;

  @Field(() => ID)
  patientId: string;
}

@InputType()
class DisassociateDeviceInput {
  @Field(() => ID)
  deviceId: string;

  @Field(() => ID)
  siteId: string;
}

@Resolver(() => DeviceRow)
class DeviceResolver {
  @Query(() => DeviceRow, { nullable: true })
  device(@Arg('id', () => ID) databaseId: string) {
    return source.manager.findOneBy(DeviceRow, { customerId, databaseId });
  }

  @Query(() => DeviceConnection)
  async devices(
    @Arg('first', () => Int, { nullable: true }) take?: number,
    @Arg('after', () => String, { nullable: true }) after?: string,
    @Arg('filter', () => DeviceFilter, { nullable: true }) filter?: DeviceFilter,
  ) {
    const statuses = filter?.statuses && { currentStatus: In(filter.statuses) };
    const where = { customerId, ...(after && { databaseId: MoreThan(after) }), ...statuses };
    return { nodes: await source.manager.find(DeviceRow, { where, order: { databaseId: 'ASC' }, take }) };
  }

  @FieldResolver(() => SiteRow, { nullable: true })
  site(@Root() { siteId }: DeviceRow, @Ctx() { loaders }: Context) {
    return siteId === null ? null : loaders.site.load(siteId);
  }

  @FieldResolver(() => PatientRow, { nullable: true })
  patient(@Root() { patientId }: DeviceRow, @Ctx() { loaders }: Context) {
    return patientId === null ? null : loaders.patient.load(patientId);
  }

  @FieldResolver(() => AssociationRow, { nullable: true })
  currentAssociation(@Root() { databaseId }: DeviceRow, @Ctx() { loaders }: Context) {
    return loaders.association.load(databaseId);
  }

  @FieldResolver(() => ReadingConnection)
  async readings(
    @Root() { databaseId }: DeviceRow,
    @Ctx() { loaders }: Context,
    @Arg('first', () => Int, { nullable: true }) _first?: number,
  ) {
    const rows = await loaders.readings.load(databaseId);
    return { nodes: rows.map((row) => ({ ...row, kind: Object.keys(ReadingKind)[row.kind - 1] })) };
  }

  @Mutation(() => DevicePayload)
  associateDevice(@Arg('input') { deviceId, patientId }: AssociateDeviceInput) {
    return change(deviceId, { patientId, currentStatus: 'WITH_PATIENT' }, 'ASSOCIATED', async (manager, device) => {
      const startedBy = { startedByKind: 'API_KEY', startedByLabel: 'bench' };
      const begun = manager.create(AssociationRow, {
        customerId,
        deviceId,
        patientId,
        startedAt: device.updatedAt,
        ...startedBy,
      });
      return ['device.associationCreated', await manager.save(begun)];
    });
  }

  @Mutation(() => DevicePayload)
  disassociateDevice(@Arg('input') { deviceId, siteId }: DisassociateDeviceInput) {
    const next = { patientId: null, currentStatus: 'AVAILABLE_AT_SITE', siteCustomerId: customerId, siteId };
    return change(deviceId, next, 'DISASSOCIATED', async (manager, device) => {
      const open = await manager.findOneByOrFail(AssociationRow, { customerId, deviceId, endedAt: IsNull() });
      Object.assign(open, { endedAt: device.updatedAt, endedByKind: 'API_KEY', endedByLabel: 'bench' });
      return ['device.associationRemoved', await manager.save(open)];
    });
  }
}

async function change(
  deviceId: string,
  next: Partial<DeviceRow>,
  reason: string,
  associate: (manager: EntityManager, device: DeviceRow) => Promise<[type: string, association: AssociationRow]>,
): Promise<DevicePayload> {
  return source.transaction(async (manager) => {
    const where = { customerId, databaseId: deviceId };
    const device = await manager.findOneOrFail(DeviceRow, { where, lock: { mode: 'pessimistic_write' } });
    const before = { ...device };
    const now = new Date();
    Object.assign(device, next, { version: device.version + 1, updatedAt: now, statusChangedAt: now });
    await manager.save(device);
    const [type, { databaseId: associationId, ...association }] = await associate(manager, device);
    const { databaseId: changeId, ...changed } = await manager.save(
      manager.create(StatusChangeRow, {
        customerId,
        deviceId,
        deviceVersion: device.version,
        previousStatus: before.currentStatus,
        status: device.currentStatus,
        reason,
        note: null,
        orderId: null,
        patientId: device.patientId,
        previousPatientId: before.patientId,
        siteId: device.siteId,
        previousSiteId: before.siteId,
        occurredAt: now,
        actorKind: 'API_KEY',
        actorLabel: 'bench',
        actorApiKeyId: null,
      }),
    );
    await manager.insert(EventRow, [
      { customerId, id: changed.eventId, type: 'device.statusChanged', payload: { id: changeId, ...changed } },
    ]);
    const payload = {
      id: associationId,
      startedByApiKeyId: null,
      endedAt: null,
      endedByKind: null,
      endedByLabel: null,
      endedByApiKeyId: null,
    };
    await manager.insert(EventRow, [{ customerId, type, payload: { ...payload, ...association } }]);
    return { userErrors: [], device };
  });
}

@Resolver(() => SiteRow)
class SiteResolver {
  @Query(() => SiteConnection)
  async sites(@Arg('first', () => Int, { nullable: true }) take?: number) {
    return { nodes: await source.manager.find(SiteRow, { where: { customerId }, order: { databaseId: 'ASC' }, take }) };
  }

  @FieldResolver(() => [DeviceCount])
  deviceCounts(@Root() { databaseId }: SiteRow, @Ctx() { loaders }: Context) {
    return loaders.counts.load(databaseId);
  }
}

@Resolver(() => PatientRow)
class PatientResolver {
  @Query(() => PatientRow, { nullable: true })
  patient(@Arg('id', () => ID) databaseId: string) {
    return source.manager.findOneBy(PatientRow, { customerId, databaseId });
  }

  @Query(() => PatientConnection)
  async patients(
    @Arg('first', () => Int, { nullable: true }) take?: number,
    @Arg('search', () => String, { nullable: true }) search?: string,
    @Arg('filter', () => PatientFilter, { nullable: true }) filter?: PatientFilter,
    @Arg('sort', () => PatientSort, { nullable: true }) sort?: PatientSort,
  ) {
    const builder = source.manager.createQueryBuilder(PatientRow, 'p').where({ customerId }).take(take);
    if (search)
      builder.andWhere(
        `(p.first_name_fold like fold_text(:search) || '%' or p.last_name_fold like fold_text(:search) || '%' or p.external_identifier_fold like fold_text(:search) || '%')`,
        { search },
      );
    if (filter?.silentSince)
      builder
        .innerJoin(PatientActivityRow, 'x', 'x.customerId = p.customerId and x.patientId = p.databaseId')
        .andWhere('x.lastReadingAt < :since', { since: filter.silentSince });
    if (sort) builder.orderBy('p.lastNameFold');
    return { nodes: await builder.addOrderBy('p.databaseId').getMany() };
  }

  @FieldResolver(() => DateTime, { nullable: true })
  async latestReadingAt(@Root() { databaseId }: PatientRow, @Ctx() { loaders }: Context) {
    const at = (await loaders.activity.load(databaseId))?.lastReadingAt;
    return at instanceof Date ? at : null;
  }

  @FieldResolver(() => DeviceConnection)
  async devices(
    @Root() { databaseId: patientId }: PatientRow,
    @Arg('first', () => Int, { nullable: true }) take?: number,
  ) {
    const where = { customerId, patientId };
    return { nodes: await source.manager.find(DeviceRow, { where, order: { databaseId: 'ASC' }, take }) };
  }

  @FieldResolver(() => [ReadingTrendPoint])
  async readingTrend(
    @Root() { databaseId: patientId, timeZone }: PatientRow,
    @Arg('kind', () => ReadingKind) _kind: string,
    @Arg('period') { from, to }: DateTimePeriod,
    @Arg('bucket', () => TrendBucket) _bucket: string,
  ): Promise<ReadingTrendPoint[]> {
    const rows = await source.manager
      .createQueryBuilder(ReadingRow, 'r')
      .select(`date_trunc('day', least(r.takenAt, r.received_at), :timeZone)`, 'startsAt')
      .addSelect('count(*)::int', 'count')
      .addSelect('min(systolic)', 'minSystolic')
      .addSelect('max(systolic)', 'maxSystolic')
      .addSelect('avg(systolic)::float8', 'meanSystolic')
      .addSelect('min(diastolic)', 'minDiastolic')
      .addSelect('max(diastolic)', 'maxDiastolic')
      .addSelect('avg(diastolic)::float8', 'meanDiastolic')
      .where({ customerId, patientId, kind: 1 })
      .andWhere('least(r.takenAt, r.received_at) >= :from and least(r.takenAt, r.received_at) < :to')
      .setParameters({ timeZone, from, to })
      .groupBy('1')
      .orderBy('1')
      .getRawMany<Record<string, number> & { startsAt: Date; count: number }>();
    return rows.map((row) => ({
      startsAt: row.startsAt,
      count: row.count,
      measurements: ['Systolic', 'Diastolic'].map((name) => ({
        name: name.toUpperCase(),
        min: row[`min${name}`]!,
        max: row[`max${name}`]!,
        mean: row[`mean${name}`]!,
      })),
    }));
  }
}

async function main(): Promise<void> {
  await source.initialize();
  const schema = await buildSchema({
    resolvers: [DeviceResolver, SiteResolver, PatientResolver],
    orphanedTypes: [BloodPressureReading, OtherReading],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
  });
  const { url } = await startStandaloneServer(new ApolloServer<Context>({ schema }), {
    listen: { port: 0, host: '127.0.0.1' },
    context: () => Promise.resolve({ loaders: createLoaders() }),
  });
  announce(Number(new URL(url).port));
}

void main();
