import { BATCH, firstAfterEach, deliverBatch } from '../../live/reading-stream-cursors.harness';
import { DeviceProgramme } from '../../support/device-programme';
import { heldDevice } from '../../support/live-readings';

let programme: DeviceProgramme;
beforeAll(async () => {
  programme = await DeviceProgramme.start({ instances: 2 });
});
afterAll(() => programme.stop());

it('a cursor resumes with the next reading, at every index of a batch, on the other instance', async () => {
  const delivered = await deliverBatch(programme, await heldDevice(programme, programme.patients.ann));
  const next = await firstAfterEach(programme.app.urls[1]!, delivered.slice(0, BATCH));
  expect(next).toEqual(delivered.slice(1).map(({ id }) => id));
});
