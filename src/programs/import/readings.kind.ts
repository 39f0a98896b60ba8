import type { ImportKind } from './import-kind';
import { wrongType } from './entry-contract';
import { ReadingColumns } from './reading-columns';
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
  hasOutcome: true,
  hasKeys: false,
  names: [],
  cellOptions: ['units', 'zone', 'dateFormat'],
  normalize: (entry, options) => {
    if (!('takenAt' in entry) || typeof entry.takenAt !== 'string') return { entry };
    const found = toTime(entry.takenAt, options);
    if ('problem' in found) return { problems: [wrongType(['takenAt'], found.problem)] };
    return { entry: { ...entry, takenAt: found.time } };
  },
  columnsOf: (contract, options) => new ReadingColumns(contract, options),
};
