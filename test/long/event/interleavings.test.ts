import type { Database } from '../../../src/platform/db/database';
import { checkInterleavings } from '../../event/interleavings.harness';
import { StreamFixture } from '../../event/stream-fixture';

let fixture: StreamFixture;
let databases: Database[];
beforeEach(async () => {
  fixture = await StreamFixture.create();
  databases = [fixture.openDatabase(), fixture.openDatabase()];
});
afterEach(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await fixture.close();
});

it.each([20_261_129, 1, 2])('with the seed %d', (seed) =>
  checkInterleavings(fixture, databases, { seed, numRuns: 40 }),
);
