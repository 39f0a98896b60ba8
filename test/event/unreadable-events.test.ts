import { DEVICE_EVENTS } from '../../src/features/device/device.events';
import { readingsIn, readingsRecorded } from '../../src/features/reading/reading.events';
import { toReading } from '../../src/features/reading/reading.row';
import { EVENTS } from '../../src/features';
import { readable, UnreadableEventError } from '../../src/platform/event/event-catalog';
import type { StreamEvent } from '../../src/platform/event/outbox';
import { follow, StreamFixture, TYPE, write } from './stream-fixture';

const { sample } = EVENTS.messages.find(({ type }) => type === TYPE)!;
const GOOD = { ...sample, customerId: '1', eventId: '1', actorKind: 'SYSTEM', actorLabel: 'x' };
/** Payloads of the type of a status change that another version might write. */
const BAD: unknown[] = [
  null,
  [],
  'text',
  {},
  { v: 2 },
  { ...GOOD, deviceId: undefined },
  { ...GOOD, deviceVersion: 'two' },
];

const event = (payload: unknown) => ({ customerId: '1', type: TYPE, payload: payload as Record<string, unknown> });
const matches = ({ payload }: StreamEvent) => DEVICE_EVENTS.statusChanged.read(payload).deviceId === '1';

it('subscriptions skip events that cannot be read, live and while they catch up', async () => {
  const fixture = await StreamFixture.create();
  const instance = await fixture.start();
  const live = follow(instance, { matches });
  await write(instance.database, event(GOOD), ...BAD.map(event), event(GOOD));
  await live.has(2);
  const late = follow(instance, { matches, after: 0 });
  await late.has(2);
  const expected = [1, BAD.length + 2];
  expect([live.positions, late.positions]).toEqual([expected, expected]);
  await fixture.close();
});

it.each(BAD)('the catalog cannot read the status change %j', (payload) => {
  const read = () => EVENTS.messagesOf(event(payload)).map((message) => message.payload);
  expect(read).toThrow(UnreadableEventError);
});

describe('an event of readings', () => {
  const WEIGHT = {
    kindNumber: 4,
    customerId: '1',
    patientId: null,
    deviceId: '1',
    manual: false,
    sourceId: '',
    sentUnit: null,
  };
  const recorded = ['1', '2', '3'].map((id) => ({
    reading: toReading({ ...WEIGHT, id, weight: 170, takenAt: new Date(0), receivedAt: new Date(0) } as never),
    siteIds: [],
  }));
  const [{ payload } = { payload: {} }] = readingsRecorded(recorded);
  const idsOf = (damage: object) =>
    readingsIn({ ...payload, ...damage }).map((reading) => readable(() => reading.decode())?.id);

  it('with a kind of a later version is read without that reading', () => {
    expect(idsOf({ kindNumber: '4,99,4' })).toEqual(['1', undefined, '3']);
  });

  it('with too few values is read as far as it has them', () => {
    expect(idsOf({ takenAt: '0,0' })).toEqual(['1', '2', undefined]);
  });

  it('without ids cannot be read, and becomes no messages', () => {
    for (const damage of [{ id: undefined }, { id: '' }, { id: 7 }])
      expect(() => idsOf(damage)).toThrow(UnreadableEventError);
    expect(() => readingsIn(null as never)).toThrow(UnreadableEventError);
  });
});
