import { DeviceStatus } from '../../features/device/device-status';
import { ReadingKind } from '../../features/kind/reading-kind';
import { timeZoneOfPatient, timeZoneOfZipCode } from '../../features/patient/patient-time-zone';
import { definitionOf } from '../../features/kind/reading-kind';
import { ZoneOffsets } from '../../features/reading/zone-offsets';
import { ITEMS } from './catalog';
import type { DemoData, DeviceRow, PatientRow } from './demo-rows';
import { DeviceUpload } from './device-upload';
import { Habits } from './habits';
import { isWeekend, LocalClock, READING_DAYS, weekdayOf, type LocalInstant } from './local-clock';
import { PLANS } from './measuring-plans';
import { Random } from './random';
import { toReadingRow, type QuantityColumns, type ReadingRow } from './reading-rows';
import { staysByDevice, type Stay } from './stays';
import { DAY_MS } from './timeline';
import { VitalSigns } from './vital-signs';

/** Where the clocks of those are whose time zone nobody has taken down: they live by some clock all the same. */
const ZONE_OF_THE_UNKNOWN = 'America/Chicago';

const MINUTE_MS = 60_000;

/** Whose readings the tour shows. */
export interface Tour {
  /** They measure reliably. */
  patients: readonly PatientRow[];
  /** What earlier holders sent is there too, although it is older. Nobody else tries them. */
  devices: readonly DeviceRow[];
}

interface MonitoredPatient {
  row: PatientRow;
  clock: LocalClock;
  hasZone: boolean;
  habits: Habits;
  signs: VitalSigns;
  /** When they had a device in their hands. */
  stays: Stay[];
}

interface UsedDevice {
  device: DeviceRow;
  upload: DeviceUpload;
  /** When the gateway takes nothing from it. */
  refused: readonly Stay[];
  random: Random;
}

interface Measurement {
  kind: ReadingKind;
  values: Partial<QuantityColumns>;
  at: LocalInstant;
  /** Until the gateway hears of it. */
  delayMs: number;
  patient: MonitoredPatient | null;
  /** Null for what a patient tells without a device. */
  used: UsedDevice | null;
  manual: boolean;
}

/**
 * What is measured in the last 90 days of the demo, by the rules of domain.md: by whom, with what, when, and when it arrives.
 *
 * All devices take part that somebody has in hand. Patients and devices have each their own source of chance, so that one's readings
 * do not depend on another's.
 */
export class ReadingProgramme {
  private readonly startMs: number;
  private readonly offsets = new ZoneOffsets();
  private readonly patients: ReadonlyMap<number, MonitoredPatient>;
  private readonly rows: ReadingRow[] = [];

  constructor(
    private readonly data: DemoData,
    private readonly endMs: number,
    private readonly tour: Tour,
  ) {
    this.startMs = endMs - READING_DAYS * DAY_MS;
    this.patients = new Map(data.patient.map((row) => [row.id, this.monitor(row)]));
  }

  /** @returns the readings in the order of their arrival */
  run(): ReadingRow[] {
    for (const [device, stays] of staysByDevice(this.data, this.endMs)) this.useDevice(device, stays);
    for (const patient of this.patients.values()) {
      if (patient.habits.isCalled) this.call(patient);
    }
    return this.rows.sort((a, b) => a.received_at.getTime() - b.received_at.getTime());
  }

  private monitor(row: PatientRow): MonitoredPatient {
    const zone = timeZoneOfPatient({ timeZoneOverride: row.time_zone, address: row.address });
    return {
      row,
      clock: new LocalClock(this.offsets, zone ?? ZONE_OF_THE_UNKNOWN, this.endMs),
      hasZone: zone !== null,
      habits: new Habits(new Random(row.id * 101 + 1), this.tour.patients.includes(row)),
      signs: new VitalSigns(row.sex, new Random(row.id * 103 + 2)),
      stays: [],
    };
  }

  private useDevice(device: DeviceRow, stays: readonly Stay[]): void {
    const random = new Random(device.id * 107 + 3);
    const upload = new DeviceUpload(
      ITEMS.find(({ id }) => id === device.item_id)!,
      random,
      this.endMs,
    );
    const refused = stays.filter(({ status }) => status === DeviceStatus.DECOMMISSIONED);
    const used: UsedDevice = { device, upload, refused, random };
    const inTour = this.tour.devices.includes(device);
    for (const whole of stays) {
      const stay = inTour ? whole : whole.since(this.startMs);
      if (stay.isEmpty) continue;
      if (stay.status === DeviceStatus.WITH_PATIENT) this.measureAtHome(stay, used);
      if (stay.status === DeviceStatus.AVAILABLE_AT_SITE && !inTour) this.tryAtSite(stay, used);
    }
  }

  private measureAtHome(stay: Stay, used: UsedDevice): void {
    const { device, upload, random } = used;
    const patient = this.patients.get(stay.patientId!)!;
    patient.stays.push(stay);
    const reliable = this.tour.patients.includes(patient.row);
    const plans = PLANS[device.item_id]!;
    const plan = reliable ? plans[0]! : random.pick(plans);
    if (upload.neverSends && !reliable) return;
    if (stay.untilMs < this.endMs && random.chance(0.3)) upload.keepLastReadings(stay.untilMs);
    for (const day of this.daysOf(stay)) {
      if (!plan.weekdays.includes(weekdayOf(day)) || !patient.habits.isAtIt(day)) continue;
      for (const slot of plan.slots) {
        const hour = patient.habits.hourOf(slot, random);
        if (hour === undefined) continue;
        const at = patient.clock.at(day, hour);
        const values = patient.signs.measure(slot.kind, { day, hour, meal: slot.meal });
        // The device has shown it but not sent it, so it is typed in.
        const manual = random.chance(0.012);
        const delayMs = manual ? Math.floor(random.between(1, 180) * MINUTE_MS) : upload.delayMs(at.standardMs);
        if (stay.includes(at.standardMs)) this.add({ kind: slot.kind, values, at, delayMs, patient, used, manual });
      }
    }
  }

  /** Somebody of the site tries the device before it is given to a patient. */
  private tryAtSite(stay: Stay, used: UsedDevice): void {
    const { device, upload, random } = used;
    const day = random.integer(this.dayOf(stay.fromMs), this.dayOf(stay.untilMs));
    if (!random.chance(0.12) || upload.neverSends || isWeekend(day)) return;
    const site = this.data.site.find(({ id }) => id === stay.siteId)!;
    const clock = new LocalClock(this.offsets, timeZoneOfZipCode(site.address.zipCode)!, this.endMs);
    const signs = new VitalSigns(null, random);
    const firstHour = random.between(9, 16);
    PLANS[device.item_id]![0]!.slots.forEach(({ kind }, index) => {
      const hour = firstHour + index / 10;
      const at = clock.at(day, hour);
      const delayMs = upload.delayMs(at.standardMs);
      const values = signs.measure(kind, { day, hour });
      if (stay.includes(at.standardMs)) this.add({ kind, values, at, delayMs, patient: null, used, manual: false });
    });
  }

  /** Once a week, as long as the patient has a device at all. */
  private call(patient: MonitoredPatient): void {
    const random = new Random(patient.row.id * 109 + 4);
    const weekday = random.integer(1, 5);
    for (let day = weekday; day < READING_DAYS; day += 7) {
      const [hour, delayMs] = [random.between(10, 16), Math.floor(random.between(1, 15) * MINUTE_MS)];
      const kind = random.pick([ReadingKind.WEIGHT, ReadingKind.BLOOD_PRESSURE, ReadingKind.TEMPERATURE]);
      const at = patient.clock.at(day, hour);
      const values = patient.signs.measure(kind, { day, hour });
      if (patient.habits.isAtIt(day) && patient.stays.some((stay) => stay.includes(at.standardMs))) {
        this.add({ kind, values, at, delayMs, patient, used: null, manual: true });
      }
    }
  }

  /** But for what has not arrived yet, or was refused on its arrival. */
  private add({ kind, values, at, delayMs, patient, used, manual }: Measurement): void {
    const arrivesMs = at.standardMs + delayMs;
    if (arrivesMs >= this.endMs || used?.refused.some((stay) => stay.touches(arrivesMs))) return;
    const whose = {
      customer_id: (used?.device ?? patient!.row).customer_id,
      taken_at: new Date(at.ms),
      received_at: new Date(at.ms + delayMs),
      device_id: used?.device.id ?? null,
      patient_id: patient?.row.id ?? null,
      device_time_zone_offset: used && !manual ? used.upload.offsetSent(at.offset) : null,
      patient_time_zone_offset: patient?.hasZone ? at.offset : null,
      kind: definitionOf(kind).number,
      manual,
    };
    this.rows.push(toReadingRow(whose, values));
  }

  /** Every day on which some part of the stay lies, whatever the time zone. */
  private daysOf({ fromMs, untilMs }: Stay): number[] {
    const [first, last] = [this.dayOf(fromMs) - 1, this.dayOf(untilMs) + 1];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }

  private dayOf(instantMs: number): number {
    return Math.floor((instantMs - this.startMs) / DAY_MS);
  }
}
