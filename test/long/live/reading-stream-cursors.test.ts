import { BATCH, firstAfterEach, deliverBatch } from '../../live/reading-stream-cursors.harness';
import { DeviceFixture } from '../../support/device-fixture';
import { heldDevice } from '../../support/live-readings';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
});
afterAll(() => fixture.stop());

it('a cursor resumes with the next reading, at every index of a batch, on the other instance', async () => {
  const delivered = await deliverBatch(fixture, await heldDevice(fixture, fixture.patients.ann));
  const next = await firstAfterEach(fixture.app.urls[1]!, delivered.slice(0, BATCH));
  expect(next).toEqual(delivered.slice(1).map(({ id }) => id));
});
