import { BATCH, nextBehind, tellBatch } from '../../live/reading-stream-cursors.harness';
import { DeviceProgramme } from '../../support/device-programme';
import { heldDevice } from '../../support/live-readings';

let programme: DeviceProgramme;
beforeAll(async () => {
  programme = await DeviceProgramme.start({ instances: 2 });
});
afterAll(() => programme.stop());

it('goes on with the very next reading, at every index of a batch, on the other instance', async () => {
  const told = await tellBatch(programme, await heldDevice(programme, programme.patients.ann));
  const next = await nextBehind(programme.app.urls[1]!, told.slice(0, BATCH));
  expect(next).toEqual(told.slice(1).map(({ id }) => id));
});
