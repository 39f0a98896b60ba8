import { testReadingsModel } from '../../reading/readings-model.harness';

testReadingsModel([2, 3, 4, 5, 6], 6);
