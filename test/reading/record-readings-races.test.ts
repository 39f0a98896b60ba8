import { testRaces } from './record-readings-races.harness';

// More rounds are those of test/long.
testRaces(2);
