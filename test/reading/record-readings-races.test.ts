import { testRaces } from './record-readings-races.harness';

// test/long runs more rounds.
testRaces(2);
