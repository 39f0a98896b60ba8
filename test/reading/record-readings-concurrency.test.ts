import { testBatchesAtOnce } from './record-readings-concurrency.harness';

// test/long runs more rounds.
testBatchesAtOnce(3);
