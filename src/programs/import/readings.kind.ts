import type { ImportKind } from './import-kind';
import { ReadingColumns } from './reading-columns';

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
  columnsOf: (contract) => new ReadingColumns(contract),
};
