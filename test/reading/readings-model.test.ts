import { testReadingsModel } from './readings-model.harness';

// Histories of more seeds are those of test/long.
testReadingsModel([1], 3);
