import type { ImportKind } from './import-kind';
import { wrongType } from './entry-contract';
import { ReadingColumns } from './reading-columns';
import { shownNumber } from './shown';
import { toTime } from './time-cell';

export const READINGS: ImportKind = {
  name: 'readings',
  one: 'reading',
  done: 'recorded',
  description: 'Record the readings of a file',
  mutation: 'recordReadings',
  entryType: 'ReadingInput',
  maxBatchSize: 1_000,
  permission: 'to record readings',
  again: 'Readings that are already recorded count as duplicates.',
  resultFields: 'outcome reading { attribution }',
  attributionSummary,
  hasKeys: false,
  names: [],
  cellOptions: ['units', 'zone', 'dateFormat', 'glucoseLimits'],
  normalize: (entry, options) => {
    if (!('takenAt' in entry) || typeof entry.takenAt !== 'string') return { entry };
    const found = toTime(entry.takenAt, options);
    if ('problem' in found) return { problems: [wrongType(['takenAt'], found.problem)] };
    return { entry: { ...entry, takenAt: found.time } };
  },
  columnsOf: (contract, options) => new ReadingColumns(contract, options),
};

/** How readings found their patients, and what to do if they have none. The counts include duplicates. */
function attributionSummary(counts: Readonly<Record<string, number>>): string[] {
  const { ASSOCIATION: associated = 0, NAMED: named = 0, UNATTRIBUTED: none = 0 } = counts;
  const all = associated + named + none;
  if (all === 0) return [];
  const shown = [associated, named, none].map(shownNumber);
  return [
    `Patients: ${shown[0]} by association, ${shown[1]} by name, ${shown[2]} without a patient.`,
    ...(none === 0
      ? []
      : [
          `Warning: ${shown[2]} of ${shownNumber(all)} readings belong to no patient, because no patient had their device when they were taken.`,
          '  Check the identifier of the device, the times and --zone. An association counts from the moment it is made.',
          '  To record earlier readings for a patient, import them by the patient: without a column of the device,',
          '  with --set patientExternalIdentifier=<identifier> --set manual=true.',
        ]),
  ];
}
