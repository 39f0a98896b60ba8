import { testRaces } from '../../reading/record-readings-races.harness';

testRaces(8);
