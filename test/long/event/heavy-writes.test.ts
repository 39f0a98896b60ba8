import { resumeDuringWrites } from '../../event/heavy-writes.harness';
import { StreamFixture } from '../../event/stream-fixture';

let fixture: StreamFixture;
beforeAll(async () => {
  fixture = await StreamFixture.create();
});
afterAll(() => fixture.close());

it('resumes during heavy writes without loss or duplicate', async () => {
  const [a, b] = await Promise.all([fixture.start(), fixture.start()]);
  await resumeDuringWrites(fixture, a, b, 3_000);
});
