import { testBatchesAtOnce } from '../../reading/record-readings-concurrency.harness';

testBatchesAtOnce(20);
