import type { ParentKey } from '../../platform/list/list';
import type { ReadingKind } from '../kind/reading-kind';
import type { PatientEntity } from '../patient/patient.entity';
import { timeZoneOfPatient } from '../patient/patient-time-zone';
import type { Connection } from '../../platform/list/connection';
import { childConnection, type ChildList, type SortSpec } from '../../platform/list/paged-list';
import type { RequestContext } from '../../platform/operation/request-context';
import { badInput } from '../../platform/base/errors';
import { parseIds } from '../../platform/base/global-id';
import type { PageArguments } from '../../platform/list/page';
import { latestReadingsByDevice, trendByPatient } from './reading.loader';
import type { ReadingQuery } from './reading.repository';
import type { ReadingRow } from './reading.row';
import { countBuckets, MAX_BUCKETS } from './trend-bucket';
import type { TrendPoint, TrendQuery } from './trend.repository';
import type { ZoneOffsets } from './zone-offsets';

export interface ReadingFilterRequest {
  kind?: ReadingKind[] | null;
  takenFrom?: Date | null;
  takenTo?: Date | null;
  manual?: boolean | null;
  deviceId?: string[] | null;
}

export interface ReadingListRequest extends PageArguments {
  filter?: ReadingFilterRequest | null;
}

/** A cursor holds the instant besides the id: both are of the order. */
const BY_TIME: SortSpec<ReadingRow> = {
  key: 'TAKEN_AT DESC',
  positionOf: ({ id, takenAt }) => ({ id, value: takenAt.toISOString() }),
};

/** Reads of readings. */
export class ReadingService {
  constructor(private readonly offsets: ZoneOffsets) {}

  /** @param list whose readings: those of a device, those of a patient */
  listOf(
    ctx: RequestContext,
    list: ChildList<ReadingRow, ReadingQuery>,
    parent: ParentKey,
    { filter, ...page }: ReadingListRequest,
  ): Connection<ReadingRow> {
    return childConnection(ctx, list, parent, toQuery(filter), page, BY_TIME);
  }

  /** @param kind the newest of this kind; of any kind when absent */
  async latestOfDevice(
    ctx: RequestContext,
    { customerId, id }: ParentKey,
    kind: ReadingKind | null | undefined,
  ): Promise<ReadingRow | null> {
    const latest = await ctx.loaders.load(latestReadingsByDevice, { customerId, id });
    const ofKind = kind == null ? latest : latest.filter((reading) => reading.kind === kind);
    return ofKind.reduce<ReadingRow | null>(
      (newest, reading) => (newest === null || isBefore(newest, reading) ? reading : newest),
      null,
    );
  }

  /**
   * The readings of a patient by buckets of time that begin in the patient's zone, UTC when it is unknown.
   *
   * @throws RequestError BAD_USER_INPUT when the period does not go forward or has more than 1,000 buckets
   */
  async trend(ctx: RequestContext, patient: PatientEntity, query: TrendQuery): Promise<TrendPoint[]> {
    const { customerId, id } = patient;
    const zone = this.offsets.fullName(timeZoneOfPatient(patient) ?? 'UTC');
    if (query.to <= query.from) throw badInput('to', 'must be later than from');
    const buckets = countBuckets(query.bucket, query, zone, this.offsets);
    if (buckets > MAX_BUCKETS) {
      const found = `${buckets.toLocaleString('en-US')} buckets of a ${query.bucket}`;
      throw badInput('to', `must be near enough to from for ${MAX_BUCKETS} buckets, is ${found} away`);
    }
    return ctx.loaders.load(trendByPatient, { customerId, id, zone }, query);
  }
}

/** In the order of lists: a device often measures two kinds at one instant. */
function isBefore(one: ReadingRow, other: ReadingRow): boolean {
  const ms = other.takenAt.getTime() - one.takenAt.getTime();
  return ms > 0 || (ms === 0 && BigInt(one.id) < BigInt(other.id));
}

function toQuery(filter: ReadingFilterRequest | null | undefined): ReadingQuery {
  const { kind, deviceId, ...conditions } = filter ?? {};
  return {
    ...conditions,
    kinds: kind,
    deviceIds: deviceId && parseIds('Device', deviceId, 'filter.deviceId'),
  };
}
