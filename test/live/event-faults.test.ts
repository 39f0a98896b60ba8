import { eventually } from '../support/eventually';
import { changesOf, registerDevice, setStatus, settle, subscribe } from '../support/live-fixture';
import { Subscriber } from '../support/subscriber';
import { TestApp } from '../support/test-app';

const ENDED = 'The subscription has ended. Subscribe again after the last cursor that you received.';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());
afterEach(() => eventually(() => app.subscribers === 0));

it('an event whose execution fails ends its subscription, which resumes with it', async () => {
  const deviceId = await registerDevice(app);
  await settle(app);
  const { streamCursor } = await app.data('northside', '{ streamCursor }');
  const variables = { filter: { deviceIds: [deviceId] } };
  const subscriber = subscribe(app, 0, 'northside', { ...variables, after: streamCursor });
  await setStatus(app, deviceId, 'LOST', { caller: 'operator' });
  await subscriber.count(1);

  await app.admin.query('revoke select on device from gateway_customer');
  await setStatus(app, deviceId, 'AVAILABLE_AT_SITE', { caller: 'operator' });
  await subscriber.until(({ completed }) => completed);
  await app.admin.query('grant select on device to gateway_customer');
  expect(subscriber.received.slice(1)).toEqual([
    {
      errors: [
        {
          message: expect.stringMatching(/^Internal server error\. Error id: [\w-]{36} /) as string,
          extensions: { code: 'INTERNAL_SERVER_ERROR', errorId: expect.any(String) as string },
        },
      ],
    },
  ]);
  expect(subscriber.received[1]!.errors![0]!.message).toContain(ENDED);
  expect(app.subscribers).toBe(0);

  const { cursor } = subscriber.received[0]!.data!.deviceStatusChanged;
  const again = subscribe(app, 0, 'northside', { ...variables, after: cursor });
  await again.count(1);
  expect(changesOf(again)).toMatchObject([{ status: 'AVAILABLE_AT_SITE', deviceVersion: 3 }]);
  await Promise.all([subscriber.stop(), again.stop()]);
});

it('a field that the subscriber asked for wrongly is null in each event, which has its cursor', async () => {
  const deviceId = await registerDevice(app);
  const subscriber = new Subscriber<{ deviceStatusChanged: { cursor: string } }>(
    app.url,
    'northside',
    `subscription ($deviceIds: [ID!]) { deviceStatusChanged(filter: { deviceIds: $deviceIds }) {
       cursor change { device { associations(after: "not a cursor") { nodes { id } } } } } }`,
    { deviceIds: [deviceId] },
  );
  await eventually(() => app.subscribers === 1);
  for (const status of ['LOST', 'AVAILABLE_AT_SITE']) await setStatus(app, deviceId, status);
  await subscriber.count(2);
  for (const { data, errors } of subscriber.received) {
    expect(data?.deviceStatusChanged).toMatchObject({
      cursor: expect.any(String) as string,
      change: { device: { associations: null } },
    });
    expect(errors).toMatchObject([{ extensions: { code: 'CURSOR_INVALID' } }]);
  }
  await subscriber.stop();
});
