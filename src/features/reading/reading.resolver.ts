import { computed, defineFields, found, optionalLink } from '../../platform/graphql/fields';
import { deviceById } from '../device/device.list';
import { associationAt } from '../device/device-history.repository';
import { Device, DeviceAssociation } from '../device/device.type';
import { patientById } from '../patient/patient.list';
import { Patient } from '../patient/patient.type';
import { mutation, mutationResolver } from '../../platform/graphql/mutation';
import { SYMBOLS } from '../kind/measurement-unit';
import { definitionOf, VALUES } from '../kind/reading-kind';
import { inUnit, roundedIn } from '../kind/unit-conversion';
import type { ReadingRow } from './reading.row';
import { attributionOf, quantityOf, ReadingAttribution } from './reading.row';
import {
  chosenUnit,
  Measurement,
  MeasurementsArguments,
  MeasurementSummary,
  Reading,
  ReadingTrendPoint,
} from './reading.type';
import type { TrendPoint } from './reading-trend';
import { RecordReadingsInput } from './record-readings.input';
import { recordReadings } from './record-readings';
import { RECORDED_READINGS } from './record-readings.type';

export const ReadingMutations = mutationResolver(
  mutation(recordReadings, {
    description:
      'Records what devices measured, up to 1,000 readings of any kinds and devices. A broken rule refuses its own reading alone, a malformed id or date too; a value of the wrong type refuses the call. Safe to send again, in any order and split: a reading that is stored is not stored twice.',
    input: [RecordReadingsInput, 'The readings.'],
    payload: RECORDED_READINGS,
  }),
);

/** Recorders of readings see what they recorded and nothing behind it. */
const action = 'data:read';

defineFields<ReadingRow>(Reading, {
  device: optionalLink(
    Device,
    deviceById,
    'deviceId',
    'Which device took it, as it is now; null when it was entered by hand without one.',
    { action },
  ),
  patient: optionalLink(
    Patient,
    patientById,
    'patientId',
    'Whose reading it is: who held the device when it was taken, or whom somebody entered it for; null when nobody held it.',
    { action },
  ),
  association: found(
    DeviceAssociation,
    associationAt,
    ['customerId', 'deviceId', 'patientId', 'takenAt'],
    ({ customerId, deviceId, patientId, takenAt: at }) =>
      deviceId === null || patientId === null ? null : { customerId, deviceId, patientId, at, ended: false },
    'The period in which the patient held the device when the reading was taken; null when nobody held it, and for a reading without a device.',
    { action },
  ),
  attribution: computed(ReadingAttribution, ['deviceId', 'patientId'], attributionOf, 'How it came to its patient.'),
  measurements: {
    type: [Measurement],
    description:
      'The numbers of the reading in one shape for every kind, for tables and charts. What was not measured is left out.',
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
    description: 'The numbers of the readings of the bucket; one that none of them holds is left out.',
    args: MeasurementsArguments,
    source: { kind: 'computed', columns: ['summaries'] },
    resolve: ({ summaries }, { units }: MeasurementsArguments) =>
      summaries.map(({ quantity, min, max, mean, ...counts }) => {
        const unit = chosenUnit(quantity, units);
        const numbers = { min: inUnit(min, unit), max: inUnit(max, unit), mean: roundedIn(mean, unit) };
        return { name: quantity.name, unit, symbol: SYMBOLS[unit], ...numbers, ...counts };
      }),
  },
});
