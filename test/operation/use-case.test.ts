import { tracingChannel } from 'node:diagnostics_channel';
import type { UseCaseTrace } from '../../src/platform/base/channels';
import { DeviceFixture, type Caller } from '../support/device-fixture';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

/** The traces of one call, as JSON. */
async function traced(call: () => Promise<unknown>): Promise<{ started: string[]; ended: string[] }> {
  const channel = tracingChannel<unknown, UseCaseTrace>('gateway:use-case');
  const seen = { started: [] as string[], ended: [] as string[] };
  const subscriber = {
    start: (trace: UseCaseTrace) => void seen.started.push(JSON.stringify(trace)),
    asyncEnd: (trace: UseCaseTrace) => void seen.ended.push(JSON.stringify(trace)),
    end: () => undefined,
    asyncStart: () => undefined,
    error: () => void seen.ended.push('error'),
  };
  channel.subscribe(subscriber);
  try {
    await call();
  } finally {
    channel.unsubscribe(subscriber);
  }
  return seen;
}

const NORTHSIDE = { name: 'associateDevice', action: 'device:associate', role: 'ADMIN', customerId: '1' };

it.each<[string, Caller, () => object, object, string[]]>([
  ['succeeded', 'northside', () => ({ patientExternalIdentifier: 'ann' }), NORTHSIDE, []],
  [
    'was called by an operator',
    'operator',
    () => ({}),
    { ...NORTHSIDE, role: 'OPERATOR', customerId: null },
    ['REFERENCE_MISSING'],
  ],
  ['was refused', 'northside', () => ({ patientExternalIdentifier: 'unknown' }), NORTHSIDE, ['PATIENT_NOT_FOUND']],
  ['is forbidden', 'readOnly', () => ({}), { ...NORTHSIDE, role: 'READ_ONLY' }, ['FORBIDDEN']],
  ['has a malformed id', 'northside', () => ({ patientId: '%' }), NORTHSIDE, ['INVALID_INPUT']],
])('a use case that %s is traced with its outcome, without its input', async (_name, caller, given, trace, codes) => {
  const { id } = await fixture.freeDevice();

  const { started, ended } = await traced(() => fixture.send('associateDevice', { deviceId: id, ...given() }, caller));

  expect(started).toEqual([JSON.stringify(trace)]);
  expect(ended).toEqual([JSON.stringify({ ...trace, codes })]);
});

it('an internal error is traced only by its code', async () => {
  const { id } = await fixture.freeDevice();
  await fixture.sql(`alter table device_association add constraint broken check (false) not valid`);
  const input = { deviceId: id, patientExternalIdentifier: 'ann' };

  const { ended } = await traced(() => fixture.send('associateDevice', input)).finally(() =>
    fixture.sql('alter table device_association drop constraint broken'),
  );

  expect(ended).toEqual([JSON.stringify({ ...NORTHSIDE, codes: ['INTERNAL_SERVER_ERROR'] })]);
});

it('a call without subscribers is not traced', async () => {
  const { id } = await fixture.freeDevice();
  const { started } = await traced(() => Promise.resolve());
  await fixture.call('associateDevice', { deviceId: id, patientExternalIdentifier: 'ann' });
  expect(started).toEqual([]);
});
