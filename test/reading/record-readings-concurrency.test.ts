import { testBatchesAtOnce } from './record-readings-concurrency.harness';

// More rounds are those of test/long.
testBatchesAtOnce(3);
