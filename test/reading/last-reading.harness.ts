import type { List } from '../support/connections';
import type { CallerName } from '../support/test-app';
import { effectiveAtNow, hoursFromNow, ReadingFixture, type ReadingInput } from './reading-fixture.harness';

/** A device or a patient with the time of its newest reading. */
export interface Silent {
  id: string;
  customer: 'northside' | 'lakeview';
  siteId: string;
  /** Time of the newest reading. */
  last: string | null;
}

export type ListName = 'devices' | 'patients';

const TIMES = [
  hoursFromNow(-1),
  hoursFromNow(-1, 1),
  hoursFromNow(-30),
  hoursFromNow(-2_000),
  '2024-12-31T23:59:59.999Z',
];
const [LATELY, A_MOMENT_LATER, YESTERDAY, LONG_AGO, BEFORE_ALL_MONTHS] = TIMES as [
  string,
  string,
  string,
  string,
  string,
];

/** Times of the devices' newest readings, in id order. Some have none, some have the same time. */
const LAST: Record<Silent['customer'], (string | null)[]> = {
  northside: [null, LATELY, YESTERDAY, null, A_MOMENT_LATER, YESTERDAY, BEFORE_ALL_MONTHS, null, hoursFromNow(24), LONG_AGO, YESTERDAY],
  lakeview: [YESTERDAY, null, A_MOMENT_LATER, LATELY],
}; // prettier-ignore

/** Devices of two customers, each with a different holder. Some of the patients have a manual reading too. */
export class SilentFixture {
  readonly devices: Silent[] = [];
  readonly patients: Silent[] = [];

  private constructor(readonly fixture: ReadingFixture) {}

  static async start(): Promise<SilentFixture> {
    const world = new SilentFixture(await ReadingFixture.start());
    const { sites } = world.fixture.devices;
    // The fixture's own devices have no readings and no holders.
    await world.fixture.sql('delete from patient_activity');
    await world.fixture.sql('delete from patient');
    for (const [n, last] of LAST.northside.entries())
      await world.add('northside', n % 3 === 0 ? sites.office : sites.clinic, last, n % 4 === 1 ? LONG_AGO : null);
    for (const last of LAST.lakeview) await world.add('lakeview', sites.lakeview, last, YESTERDAY);
    return world;
  }

  stop(): Promise<void> {
    return this.fixture.stop();
  }

  get app(): ReadingFixture['app'] {
    return this.fixture.app;
  }

  private async add(customer: Silent['customer'], siteId: string, last: string | null, byHand: string | null) {
    const { devices } = this.fixture;
    const customerId = devices.customers[customer];
    const patientId = await devices.patient({ customerId });
    await this.fixture.sql('update patient set site_id = $2 where id = $1', [patientId, siteId]);
    const { id } = await devices.device({ customerId, status: 'WITH_PATIENT', holderId: patientId, siteId });
    await this.fixture.sql(`update device_association set started_at = '2000-01-01' where device_id = $1`, [id]);
    const one = { deviceId: id, weight: { value: 150, unit: 'POUND' } };
    const earlier = last === null ? [] : [{ ...one, takenAt: new Date(Date.parse(last) - 1).toISOString() }];
    const readings: ReadingInput[] = [
      ...(last === null ? [] : [{ deviceId: id, heartRate: { value: 70 }, takenAt: last }]),
      ...earlier,
      ...(byHand === null ? [] : [{ patientId, manual: true, takenAt: byHand, weight: { value: 150, unit: 'POUND' } }]),
    ];
    if (readings.length > 0) {
      const { recorded } = await this.fixture.record(readings, { caller: customer });
      expect(recorded).toBe(readings.length);
    }
    const counted = last === null ? null : effectiveAtNow(last);
    this.devices.push({ id, customer, siteId, last: counted });
    this.patients.push({ id: patientId, customer, siteId, last: later(counted, byHand) });
  }

  /** Records a new reading of a device and its holder. */
  async measure(deviceId: string, takenAt: string): Promise<void> {
    const { recorded } = await this.fixture.record(
      [{ deviceId, takenAt, temperature: { value: 98, unit: 'FAHRENHEIT' } }],
      {
        caller: 'operator',
      },
    );
    expect(recorded).toBe(1);
  }

  seenBy(caller: CallerName, list: ListName): Silent[] {
    return this[list].filter(({ customer }) => caller === 'operator' || customer === caller);
  }
}

function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return Date.parse(one) > Date.parse(other) ? one : other;
}

/** Ids in ascending order of the newest reading, those without readings first. */
export function byLastReading(rows: readonly Silent[]): string[] {
  const time = ({ last }: Silent) => (last === null ? Number.NEGATIVE_INFINITY : Date.parse(last));
  return [...rows]
    .sort((one, other) => (time(one) === time(other) ? Number(one.id) - Number(other.id) : time(one) - time(other)))
    .map(({ id }) => id);
}

export function silentList(caller: CallerName, field: ListName, direction: 'ASC' | 'DESC', siteId?: string): List {
  const sort = { field: 'LATEST_READING_AT', direction };
  return siteId === undefined
    ? { caller, parent: 'Query', field, sort }
    : { caller, parent: 'Site', parentId: siteId, field, sort };
}
