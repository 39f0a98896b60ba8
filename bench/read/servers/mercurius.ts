import Fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';
import { Pool } from 'pg';
import type { Facts } from '../data';
import { ASSOCIATE, DISASSOCIATE } from '../pairs-sql';
import { announce, POOL } from './listen';
import { SCHEMA } from './schema';

/**
 * Mercurius as its manual recommends it, tuned like the limit: JIT, batched loaders, prepared statements with generic plans, narrow
 * select lists, bounds on `taken_at`. No row-level security, authentication or checks. Changes are the limit's statements.
 */
const { customerId, readingsFrom, readingsTo } = JSON.parse(process.env.BENCH_FACTS!) as Facts;
const pool = new Pool(POOL);

type Row = Record<string, unknown>;
type Args = Record<string, any>;

async function rows(name: string, text: string, values: unknown[]): Promise<Row[]> {
  return (await pool.query<Row>({ name, text, values })).rows;
}

const DEVICE = `id as "databaseId", current_status as "currentStatus", version, updated_at as "updatedAt", site_id, patient_id`;
const PATIENT = `id as "databaseId", external_identifier as "externalIdentifier", first_name as "firstName", last_name as "lastName", time_zone`;
const nodes = async (found: Promise<Row[]>) => ({ nodes: await found });

/** A loader that finds the row of each parent with one statement. @param key of the parent; @param found key of the row */
const oneOf = (name: string, key: string, text: string, found: string) => ({
  opts: { cache: false },
  async loader(queries: { obj: Row }[]) {
    const keys = [...new Set(queries.map(({ obj }) => obj[key]).filter((value) => value !== null))];
    const all = keys.length === 0 ? [] : await rows(name, text, [customerId, keys]);
    const byKey = new Map(all.map((row) => [row[found], row]));
    return queries.map(({ obj }) => byKey.get(obj[key]) ?? null);
  },
});

/** A loader that finds the rows of each parent, whose key is `parent`. */
const manyOf = (name: string, text: string, toResult: (rows: Row[]) => unknown) => ({
  opts: { cache: false },
  async loader(queries: { obj: Row; params: Args }[]) {
    const keys = queries.map(({ obj }) => obj.databaseId);
    const { params } = queries[0]!;
    const all = await rows(name, text, [customerId, keys, ...(params.first === undefined ? [] : [params.first])]);
    const byKey = new Map<unknown, Row[]>(keys.map((key) => [key, []]));
    for (const row of all) byKey.get(row.parent)!.push(row);
    return keys.map((key) => toResult(byKey.get(key)!));
  },
});

const loaders = {
  Device: {
    site: oneOf(
      'site',
      'site_id',
      'select id as "databaseId", name from site where customer_id=$1 and id=any($2)',
      'databaseId',
    ),
    patient: oneOf(
      'patient',
      'patient_id',
      `select ${PATIENT} from patient where customer_id=$1 and id=any($2)`,
      'databaseId',
    ),
    currentAssociation: oneOf(
      'association',
      'databaseId',
      `select id as "databaseId", started_at as "startedAt", device_id from device_association
       where customer_id=$1 and device_id=any($2) and ended_at is null`,
      'device_id',
    ),
    readings: manyOf(
      'readings',
      `select k as parent, r.* from unnest($2::bigint[]) k, lateral (
         select id as "databaseId", taken_at as "takenAt", kind, systolic, diastolic,
           device_time_zone_offset as "deviceTimeZoneOffset", patient_time_zone_offset as "patientTimeZoneOffset"
         from reading where customer_id=$1 and device_id=k and taken_at>='${readingsFrom}' and taken_at<'${readingsTo}'
         order by taken_at desc limit $3) r`,
      (found) => ({ nodes: found }),
    ),
  },
  Site: {
    deviceCounts: manyOf(
      'counts',
      `select site_id as parent, current_status as status, count(*)::int from device
       where customer_id=$1 and site_customer_id=$1 and site_id=any($2) group by 1, 2 order by 1, 2`,
      (found) => found,
    ),
  },
  Patient: {
    devices: manyOf(
      'devices_of_patient',
      `select k as parent, d.* from unnest($2::bigint[]) k, lateral (
         select ${DEVICE} from device where customer_id=$1 and patient_id=k order by id limit $3) d`,
      (found) => ({ nodes: found }),
    ),
    latestReadingAt: {
      opts: { cache: false },
      async loader(queries: { obj: Row }[]) {
        const found = await rows(
          'latest',
          `select patient_id, nullif(last_reading_at, '-infinity') as at from patient_activity where customer_id=$1 and patient_id=any($2)`,
          [customerId, queries.map(({ obj }) => obj.databaseId)],
        );
        const byId = new Map(found.map((row) => [row.patient_id, row.at]));
        return queries.map(({ obj }) => byId.get(obj.databaseId) ?? null);
      },
    },
  },
};

const KINDS = ['BLOOD_PRESSURE', 'BLOOD_GLUCOSE', 'BLOOD_OXYGEN', 'WEIGHT', 'HEART_RATE'];

const resolvers = {
  DateTime: new GraphQLScalarType<unknown, string>({
    name: 'DateTime',
    serialize: (value) => (value as Date).toISOString(),
  }),
  Query: {
    devices: (_root: unknown, { first, after, filter }: Args) =>
      nodes(
        filter?.statuses
          ? rows(
              'by_status',
              `select ${DEVICE} from device where customer_id=$1 and current_status=$2 order by id limit $3`,
              [customerId, filter.statuses[0], first],
            )
          : rows('page', `select ${DEVICE} from device where customer_id=$1 and id>$2 order by id limit $3`, [
              customerId,
              after ?? 0,
              first,
            ]),
      ),
    device: async (_root: unknown, { id }: Args) =>
      (await rows('device', `select ${DEVICE} from device where customer_id=$1 and id=$2`, [customerId, id]))[0] ??
      null,
    sites: (_root: unknown, { first }: Args) =>
      nodes(
        rows('sites', 'select id as "databaseId", name from site where customer_id=$1 order by id limit $2', [
          customerId,
          first,
        ]),
      ),
    patient: async (_root: unknown, { id }: Args) =>
      (
        await rows('one_patient', `select ${PATIENT} from patient where customer_id=$1 and id=$2`, [customerId, id])
      )[0] ?? null,
    patients: (_root: unknown, { first, search, filter }: Args) =>
      nodes(
        filter?.silentSince
          ? rows(
              'silent',
              `select ${PATIENT} from patient p where customer_id=$1 and exists (select from patient_activity x
                where x.customer_id=$1 and x.patient_id=p.id and x.last_reading_at<$2) order by id limit $3`,
              [customerId, filter.silentSince, first],
            )
          : rows(
              'search',
              `select ${PATIENT} from patient where customer_id=$1 and (${[
                'first_name',
                'last_name',
                'external_identifier',
              ]
                .map((column) => `${column}_fold>=fold_text($2) and ${column}_fold<fold_text($2)||'\u{10FFFF}'`)
                .join(' or ')}) order by last_name_fold, id limit $3`,
              [customerId, search, first],
            ),
      ),
  },
  Reading: { resolveType: ({ kind }: Row) => (kind === 1 ? 'BloodPressureReading' : 'OtherReading') },
  BloodPressureReading: { kind: ({ kind }: Row) => KINDS[(kind as number) - 1] },
  OtherReading: { kind: ({ kind }: Row) => KINDS[(kind as number) - 1] },
  Patient: {
    readingTrend: async ({ databaseId, time_zone }: Row, { period }: Args) => {
      const found = await rows(
        'trend',
        `select date_trunc('day', least(taken_at, received_at), $5) as "startsAt", count(*)::int,
           min(systolic) as systolic_min, max(systolic) as systolic_max, avg(systolic)::float8 as systolic_mean,
           min(diastolic) as diastolic_min, max(diastolic) as diastolic_max, avg(diastolic)::float8 as diastolic_mean
         from reading where customer_id=$1 and patient_id=$2 and kind=1 and taken_at>=$3 and taken_at<$4::timestamptz + interval '24:00:01'
           and least(taken_at, received_at)>=$3 and least(taken_at, received_at)<$4 group by 1 order by 1`,
        [customerId, databaseId, period.from, period.to, time_zone],
      );
      return found.map((row) => ({
        ...row,
        measurements: ['systolic', 'diastolic'].map((name) => ({
          name: name.toUpperCase(),
          min: row[`${name}_min`],
          max: row[`${name}_max`],
          mean: row[`${name}_mean`],
        })),
      }));
    },
  },
  Mutation: {
    associateDevice: (_root: unknown, { input }: Args) =>
      change('associateDevice', ASSOCIATE, [customerId, input.deviceId, input.patientId]),
    disassociateDevice: (_root: unknown, { input }: Args) =>
      change('disassociateDevice', DISASSOCIATE, [customerId, input.deviceId, input.siteId]),
  },
};

async function change(field: string, text: string, values: unknown[]): Promise<unknown> {
  const [row] = await rows(field, text, values);
  return (JSON.parse(row!.json as string) as { data: Record<string, unknown> }).data[field];
}

const app = Fastify();
void app.register(mercurius, { schema: SCHEMA, resolvers, loaders, jit: 1 } as never);
void app.listen({ port: 0, host: '127.0.0.1' }).then(() => announce((app.server.address() as { port: number }).port));
