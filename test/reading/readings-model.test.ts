import { testReadingsModel } from './readings-model.harness';

// test/long uses more seeds.
testReadingsModel([1], 3);
