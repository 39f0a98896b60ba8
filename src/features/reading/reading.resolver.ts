import { computed, defineFields, found, optionalLink } from '../../platform/graphql/fields';
import { deviceById } from '../device/device.list';
import { Device, DeviceAssociation } from '../device/device.type';
import { patientById } from '../patient/patient.list';
import { Patient } from '../patient/patient.type';
import { listArguments } from '../../platform/graphql/list-arguments';
import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { queryResolver } from '../../platform/graphql/queries';
import { connectionOf, type ListRequest } from '../../platform/list/connection';
import { SYMBOLS } from '../kind/measurement-unit';
import { definitionOf, VALUES } from '../kind/reading-kind';
import { inUnit, roundedIn } from '../kind/unit-conversion';
import { readsOfReadings } from './all-readings.repository';
import { isClockAhead } from './effective-time';
import { ALL_READINGS } from './reading.list';
import { associationOfReading } from './reading.repository';
import type { ReadingRow } from './reading.row';
import { attributionOf, quantityOf, ReadingAttribution } from './reading.row';
import {
  chosenUnit,
  Measurement,
  MeasurementsArguments,
  MeasurementSummary,
  Reading,
  ReadingConnection,
  ReadingTrendPoint,
} from './reading.type';
import type { TrendPoint } from './reading-trend';
import { RecordReadingsInput } from './record-readings.input';
import { recordReadings } from './record-readings';
import { RECORDED_READINGS } from './record-readings.type';

export const ReadingMutations = mutationResolver(
  mutation(recordReadings, {
    description:
      'Records up to 1,000 readings of any kinds and devices. A reading that breaks a rule, or has a value of the wrong type, is refused on its own. Safe to retry, in any order and in smaller batches: no reading is stored twice.',
    input: [RecordReadingsInput, 'Readings to record.'],
    payload: RECORDED_READINGS,
  }),
);

const READS = readsOfReadings(ALL_READINGS);

export const ReadingQueries = queryResolver({
  readings: {
    type: ReadingConnection,
    description:
      'Readings of all devices and patients, newest first by the earlier of `takenAt` and `receivedAt`. `Device.readings` and `Patient.readings` have further filters.',
    action: 'data:read',
    args: listArguments(ALL_READINGS),
    checksArguments: true,
    resolve: (ctx, request: ListRequest) => connectionOf(ctx, ALL_READINGS, request, READS),
  },
});

/** Role INGEST reads the readings that it recorded, but not the devices and patients they link to. */
const action = 'data:read';

defineFields<ReadingRow>(Reading, {
  device: optionalLink(
    Device,
    deviceById,
    'deviceId',
    'Device that took the reading, in its current state. Null for a reading entered by hand without a device.',
    { action },
  ),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'Patient that the reading belongs to: the holder of the device at `takenAt`, or the patient named with a reading entered by hand. Null when the device had no holder then.',
    { action },
  ),
  association: found(
    DeviceAssociation,
    associationOfReading,
    'Association of the device with the patient at `takenAt`. Null when the device had no holder then, and for a reading without a device.',
    { action, given: ['deviceId', 'patientId'] },
  ),
  attribution: computed(
    ReadingAttribution,
    ['deviceId', 'patientId'],
    attributionOf,
    'How the reading was attributed to its patient.',
  ),
  sourceId: computed(
    String,
    ['sourceId'],
    ({ sourceId }) => sourceId || null,
    'Number that the device gave the reading, as it was sent. Null when none was sent.',
    { nullable: true },
  ),
  clockAhead: computed(
    Boolean,
    ['takenAt', 'receivedAt'],
    isClockAhead,
    'Whether `takenAt` is more than ten minutes after `receivedAt`: the clock of the device was ahead, and the true time is unknown.',
  ),
  measurements: {
    type: [Measurement],
    description:
      'Numbers of the reading in one shape for every kind, e.g. for tables and charts. Omits quantities that were not measured.',
    args: MeasurementsArguments,
    source: { kind: 'computed', columns: ['kind', 'sentUnit', ...VALUES.map(({ member }) => member)] },
    resolve: (reading, { units }: MeasurementsArguments) =>
      definitionOf(reading.kind).quantities.flatMap((quantity) => {
        const stored = quantityOf(reading, quantity);
        if (stored === null) return [];
        const unit = chosenUnit(quantity, units);
        const comparator = quantity.isCompared ? reading.comparator : null;
        return [{ name: quantity.name, value: inUnit(stored, unit), unit, symbol: SYMBOLS[unit], comparator }];
      }),
  },
});

defineFields<TrendPoint>(ReadingTrendPoint, {
  measurements: {
    type: [MeasurementSummary],
    description: 'Summary of each quantity over the readings of the bucket. Omits quantities that none of them has.',
    args: MeasurementsArguments,
    source: { kind: 'computed', columns: ['summaries'] },
    resolve: ({ summaries }, { units }: MeasurementsArguments) =>
      summaries.map(({ quantity, min, max, mean, lessThanCount, greaterThanCount }) => {
        const unit = chosenUnit(quantity, units);
        return {
          name: quantity.name,
          unit,
          symbol: SYMBOLS[unit],
          min: inUnit(min, unit),
          max: inUnit(max, unit),
          mean: roundedIn(mean, unit),
          lessThanCount,
          greaterThanCount,
        };
      }),
  },
});
