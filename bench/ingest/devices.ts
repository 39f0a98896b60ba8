import type { Client } from 'pg';
import { KINDS, type KindMember } from '../../src/features/kind/reading-kind';
import { CUSTOMER_ID, type SentReading, type SentValues } from './reading';
import { Random } from '../random';

const DEVICES = 2_000;
/** Readings are up to this old, in no particular order. */
const SPAN_MS = 7 * 86_400_000;
/** Close to the golden ratio of the span, and coprime to it: the times of a device repeat only after the whole span. */
const STEP_MS = 373_786_993;

const VALUES: Record<KindMember, (random: Random) => SentValues> = {
  bloodPressure: (random) => ({
    systolic: random.integer(105, 165),
    diastolic: random.integer(60, 95),
    heartRate: random.integer(52, 98),
  }),
  bloodGlucose: (random) => ({ glucose: { value: random.integer(70, 220), unit: 'MILLIGRAM_PER_DECILITER' } }),
  bloodOxygen: (random) => ({ bloodOxygen: random.integer(90, 100), heartRate: random.integer(52, 98) }),
  weight: (random) => ({ value: random.integer(1_100, 2_600) / 10, unit: 'POUND' }),
  heartRate: (random) => ({ value: random.integer(52, 98) }),
  temperature: (random) => ({ value: random.integer(965, 1_005) / 10, unit: 'FAHRENHEIT' }),
  peakFlow: (random) => ({ peakExpiratoryFlow: random.integer(250, 650) }),
  respiratoryRate: (random) => ({ value: random.integer(10, 24) }),
  bodyComposition: (random) => ({ bodyFat: random.integer(100, 450) / 10 }),
};

/** Devices that patients of a customer have had for a month, with an endless supply of new readings. */
export class IngestDevices {
  private readonly random = new Random(11);
  private readonly taken = new Map<string, number>();
  private readonly fromMs = Date.now() - SPAN_MS;

  private constructor(private readonly deviceIds: readonly string[]) {}

  /** @param client of a user that bypasses row-level security */
  static async create(client: Client): Promise<IngestDevices> {
    // Five ZIP codes in four time zones, one without daylight saving time.
    const { rows } = await client.query<{ id: string }>(
      `with new_patient as (
         insert into patient (customer_id, first_name, last_name, address)
         select $1, 'A', 'Person ' || n, jsonb_build_object('zipCode', (array['10001', '46202', '60601', '85001', '90001'])[1 + n % 5])
         from generate_series(1, $2::int) n
         returning id),
       new_device as (
         insert into device (customer_id, item_id, current_status, patient_id)
         select $1, (select min(id) from item), 'WITH_PATIENT', id from new_patient
         returning id, patient_id)
       insert into device_association (customer_id, device_id, patient_id, started_at, started_by_kind, started_by_label)
       select $1, id, patient_id, now() - interval '30 days', 'API_KEY', 'bench' from new_device
       returning device_id as id`,
      [CUSTOMER_ID, DEVICES],
    );
    await client.query('analyze patient, device, device_association, device_activity, patient_activity');
    return new IngestDevices(rows.map(({ id }) => id));
  }

  /** Readings of random devices and kinds, all different, taken in the last days. */
  readings(count: number): SentReading[] {
    return Array.from({ length: count }, () => this.reading());
  }

  private reading(): SentReading {
    const { random } = this;
    const deviceId = random.pick(this.deviceIds);
    const number = this.taken.get(deviceId) ?? 0;
    this.taken.set(deviceId, number + 1);
    const { member } = random.pick(KINDS);
    return {
      deviceId,
      takenAt: new Date(this.fromMs + (((Number(deviceId) + number) * STEP_MS) % SPAN_MS)).toISOString(),
      deviceTimeZoneOffset: random.chance(0.5) ? -18_000 : null,
      [member]: VALUES[member](random),
    };
  }
}
