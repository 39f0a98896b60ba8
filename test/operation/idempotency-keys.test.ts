import type { UseCaseTrace } from '../../src/platform/base/channels';
import { tracingChannel } from 'node:diagnostics_channel';
import { DeviceFixture } from '../support/device-fixture';
import { createKey } from '../support/api-key';
import type { CallerName } from '../support/test-app';

let fixture: DeviceFixture;
beforeAll(async () => {
  fixture = await DeviceFixture.start();
});
afterAll(() => fixture.stop());

let keys = 0;
const newKey = (): string => `key ${(keys += 1)}`;

interface SitePayload {
  site: { databaseId: string; name: string; version: number } | null;
  userErrors: { code: string; message: string; path: string[] }[];
}

async function createSite(input: object, caller: CallerName | { key: string } = 'northside'): Promise<SitePayload> {
  const document = `mutation ($input: CreateSiteInput!) { createSite(input: $input)
    { site { databaseId name version } userErrors { code message path } } }`;
  return (await fixture.app.data<{ createSite: SitePayload }>(caller, document, { input })).createSite;
}

const sitesNamed = async (name: string): Promise<number> =>
  (await fixture.sql<{ count: number }>('select count(*)::int from site where name = $1', [name]))[0]!.count;

const REUSED = {
  code: 'IDEMPOTENCY_KEY_REUSED',
  message: 'This idempotencyKey was sent with another mutation or another input. Use a new key for a new call.',
  path: ['input', 'idempotencyKey'],
};

describe('a repeated call', () => {
  it('returns the first result and changes nothing', async () => {
    const input = { name: 'Once', idempotencyKey: newKey() };
    const first = await createSite(input);
    expect(first).toMatchObject({ site: { name: 'Once' }, userErrors: [] });
    expect(await createSite(input)).toEqual(first);
    expect(await sitesNamed('Once')).toBe(1);
  });

  it('returns the objects of the first result in their current state', async () => {
    const input = { name: 'Before', idempotencyKey: newKey() };
    const { site } = await createSite(input);
    await fixture.sql(`update site set name = 'After', version = 2 where id = $1`, [site!.databaseId]);
    expect(await createSite(input)).toEqual({ site: { ...site, name: 'After', version: 2 }, userErrors: [] });
  });

  it('returns null for an object that the caller no longer sees', async () => {
    const input = { name: 'Gone', idempotencyKey: newKey() };
    const { site } = await createSite(input);
    await fixture.sql('delete from site where id = $1', [site!.databaseId]);
    expect(await createSite(input)).toEqual({ site: null, userErrors: [] });
  });

  it('is recognized whatever the document, the order of the members and the spaces that are trimmed', async () => {
    const key = newKey();
    await createSite({ name: 'Spelled', phoneNumber: '555', idempotencyKey: key });
    const { again } = await fixture.app.data<{ again: SitePayload }>(
      'northside',
      `mutation { again: createSite(input: { idempotencyKey: "${key}", phoneNumber: "555", name: " Spelled " }) { userErrors { code } } }`,
    );
    expect(again).toEqual({ userErrors: [] });
    expect(await sitesNamed('Spelled')).toBe(1);
  });

  it('returns the refusal of the first call, although the call would be allowed now', async () => {
    const { id } = await fixture.device({ status: 'LOST', siteId: fixture.sites.clinic });
    const input = { deviceId: id, patientId: fixture.patients.ann, idempotencyKey: newKey() };
    const refused = await fixture.call('associateDevice', input);
    expect(refused.userErrors).toMatchObject([{ code: 'DEVICE_NOT_AVAILABLE_AT_SITE' }]);
    await fixture.call('updateDeviceStatus', { deviceId: id, status: 'AVAILABLE_AT_SITE' });
    const before = await fixture.written();
    expect(await fixture.call('associateDevice', input)).toEqual(refused);
    expect(await fixture.written()).toEqual(before);
  });

  it('returns the object of a STALE_VERSION in its current state', async () => {
    const { id } = await fixture.freeDevice();
    const input = { deviceId: id, status: 'LOST', expectedVersion: 7, idempotencyKey: newKey() };
    const refused = await fixture.call('updateDeviceStatus', input);
    expect(refused).toMatchObject({ device: { databaseId: id }, userErrors: [{ code: 'STALE_VERSION' }] });
    expect(await fixture.call('updateDeviceStatus', input)).toEqual(refused);
  });

  it('is traced as a replayed one', async () => {
    const channel = tracingChannel<unknown, UseCaseTrace>('gateway:use-case');
    const seen: unknown[] = [];
    const ignored = (): undefined => undefined;
    const subscriber = { start: ignored, end: ignored, asyncStart: ignored, error: ignored };
    const all = { ...subscriber, asyncEnd: ({ codes, replayed }: UseCaseTrace) => void seen.push({ codes, replayed }) };
    channel.subscribe(all);
    const input = { name: 'Traced', idempotencyKey: newKey() };
    await createSite(input);
    await createSite(input);
    channel.unsubscribe(all);
    expect(seen).toEqual([
      { codes: [], replayed: undefined },
      { codes: [], replayed: true },
    ]);
  });
});

describe('the same key', () => {
  it('with another input is refused', async () => {
    const key = newKey();
    const { site } = await createSite({ name: 'First input', idempotencyKey: key });
    expect(await createSite({ name: 'Other input', idempotencyKey: key })).toEqual({
      site: null,
      userErrors: [REUSED],
    });
    expect(await sitesNamed('Other input')).toBe(0);
    expect((await createSite({ name: 'First input', idempotencyKey: key })).site).toEqual(site);
  });

  it('with another mutation is refused', async () => {
    const { id } = await fixture.freeDevice();
    const key = newKey();
    await fixture.call('disableDeviceReadings', { deviceId: id, idempotencyKey: key });
    const { userErrors } = await fixture.call('enableDeviceReadings', { deviceId: id, idempotencyKey: key });
    expect(userErrors).toEqual([REUSED]);
    expect((await fixture.row(id)).status).toBe('DECOMMISSIONED');
  });

  it.each<[string, () => Promise<CallerName | { key: string }>]>([
    ['another key of the customer', async () => ({ key: await createKey(fixture.app) })],
    ['another customer', async () => ({ key: await createKey(fixture.app, { customerId: '2' }) })],
  ])('is another call when it comes from %s', async (_who, other) => {
    const input = { name: `Shared ${newKey()}`, idempotencyKey: newKey() };
    const { site } = await createSite(input);
    const caller = await other();
    const second = await createSite(input, caller);
    expect(second.userErrors).toEqual([]);
    expect(second.site!.databaseId).not.toBe(site!.databaseId);
    expect(await createSite(input, caller)).toEqual(second);
    expect(await sitesNamed(input.name)).toBe(2);
  });

  it('of an operator is no call of a customer', async () => {
    const input = { name: 'Of staff', customerId: fixture.customers.northside, idempotencyKey: newKey() };
    const first = await createSite(input, 'operator');
    expect(await createSite(input, 'operator')).toEqual(first);
    expect((await createSite(input)).site!.databaseId).not.toBe(first.site!.databaseId);
    expect(await sitesNamed('Of staff')).toBe(2);
  });

  it('is free again after 24 hours, although its row is not deleted yet', async () => {
    const key = newKey();
    const age = (interval: string) =>
      fixture.sql(`update idempotency_key set created_at = clock_timestamp() - $1::interval`, [interval]);
    const { site } = await createSite({ name: 'Early', idempotencyKey: key });
    await age('23 hours 59 minutes');
    expect((await createSite({ name: 'Early', idempotencyKey: key })).site).toEqual(site);
    await age('24 hours 1 second');
    const late = await createSite({ name: 'Late', idempotencyKey: key });
    expect(late).toMatchObject({ site: { name: 'Late' }, userErrors: [] });
    expect(await createSite({ name: 'Late', idempotencyKey: key })).toEqual(late);
    expect(await createSite({ name: 'Early', idempotencyKey: key })).toEqual({ site: null, userErrors: [REUSED] });
  });
});

describe('a key', () => {
  it.each([
    ['255 characters', 'k'.repeat(255)],
    ['255 characters of two code units each', '\u{1F489}'.repeat(255)],
    ['spaces and letters of any language', 'Bestellung Nr. 7 für Ὀδυσσεύς'],
  ])('may have %s', async (_what, idempotencyKey) => {
    const input = { name: 'Fine', idempotencyKey };
    const first = await createSite(input);
    expect(first.userErrors).toEqual([]);
    expect(await createSite(input)).toEqual(first);
  });

  it.each([
    ['256 characters', 'k'.repeat(256), 'must have 1 to 255 printable characters'],
    ['no character', '', 'must have 1 to 255 printable characters'],
    ['only a space', ' ', 'must not begin or end with a space'],
    ['a space before it', ' key', 'must not begin or end with a space'],
    ['a space after it', 'key ', 'must not begin or end with a space'],
    ['a no-break space after it', 'key\u00a0', 'must not begin or end with a space'],
    ['a NUL', 'k\0y', 'must have 1 to 255 printable characters'],
    ['a line end', 'k\ny', 'must have 1 to 255 printable characters'],
    ['a zero-width character', 'k\u200by', 'must have 1 to 255 printable characters'],
    ['half a character', 'k\ud83d', 'must have 1 to 255 printable characters'],
  ])('must not have %s', async (_what, idempotencyKey, rule) => {
    expect(await createSite({ name: 'Malformed key', idempotencyKey })).toEqual({
      site: null,
      userErrors: [{ code: 'INVALID_INPUT', message: `idempotencyKey ${rule}.`, path: ['input', 'idempotencyKey'] }],
    });
    expect(await sitesNamed('Malformed key')).toBe(0);
  });

  it('that is null is no key', async () => {
    const input = { name: 'No key', idempotencyKey: null };
    await createSite(input);
    await createSite(input);
    expect(await sitesNamed('No key')).toBe(2);
  });

  it('is not used up by an input that breaks its rules, or by a caller that may not call', async () => {
    const { id } = await fixture.freeDevice();
    const key = newKey();
    expect((await createSite({ name: '', idempotencyKey: key })).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
    expect((await createSite({ name: 'Corrected', idempotencyKey: key })).userErrors).toEqual([]);
    const forbidden = { deviceId: id, status: 'AVAILABLE', idempotencyKey: newKey() };
    for (const _time of [1, 2]) {
      const { errors } = await fixture.send('updateDeviceStatus', forbidden);
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
    expect((await fixture.send('updateDeviceStatus', forbidden, 'readOnly')).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  it('is not used up by a fault', async () => {
    const input = { name: 'Faulty', idempotencyKey: newKey() };
    await fixture.sql(`alter table site add constraint broken check (name <> 'Faulty')`);
    const document = 'mutation ($input: CreateSiteInput!) { createSite(input: $input) { userErrors { code } } }';
    const { errors } = await fixture.app.query('northside', document, { input });
    await fixture.sql('alter table site drop constraint broken');
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect((await createSite(input)).site).toMatchObject({ name: 'Faulty' });
  });
});

const statementsOf = async (work: () => Promise<unknown>): Promise<string[]> =>
  (await fixture.app.statementsOf(work)).map(({ text }) => /^\/\* (\w+)/.exec(text)?.[1] ?? text.split('(')[0]!);

it('costs two statements and a savepoint, and nothing without a key', async () => {
  const ids = [(await fixture.freeDevice()).id, (await fixture.freeDevice()).id];
  const lose = (index: number, more: object) => () =>
    fixture.call('updateDeviceStatus', { deviceId: ids[index], status: 'LOST', ...more });
  const without = await statementsOf(lose(0, {}));
  const work = without.slice(1, without.indexOf('COMMIT'));
  expect(without).not.toContain('SAVEPOINT work');
  const key = { idempotencyKey: newKey() };
  expect(await statementsOf(lose(1, key))).toEqual([
    ...['START TRANSACTION', 'claim_idempotency_key', 'SAVEPOINT work'],
    ...[...work, 'keep_result', 'COMMIT'],
    ...without.slice(without.indexOf('COMMIT') + 1),
  ]);
  expect((await statementsOf(lose(1, key))).slice(0, 4)).toEqual([
    ...['START TRANSACTION', 'claim_idempotency_key', 'call_by_idempotency_key', 'COMMIT'],
  ]);
});
