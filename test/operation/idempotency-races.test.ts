import { DeviceFixture, type DevicePayload } from '../support/device-fixture';
import { eventually } from '../support/eventually';
import { Rival } from '../support/rival';
import { KEYS } from '../support/test-app';

let fixture: DeviceFixture;
let rival: Rival;
beforeAll(async () => {
  fixture = await DeviceFixture.start({ instances: 2 });
  rival = await Rival.start(fixture);
});
afterAll(async () => {
  await rival.stop();
  await fixture.stop();
});

let keys = 0;
const newKey = (): string => `key ${(keys += 1)}`;

const CREATE = `mutation ($input: CreateSiteInput!) { createSite(input: $input) { site { databaseId } userErrors { code } } }`;
const createSite = (input: object, instance: number) => fixture.app.query('northside', CREATE, { input }, instance);
const sitesNamed = (name: string) => fixture.sql('select id from site where name = $1', [name]);

/** Statements with the name that any instance sent while `work` ran. */
async function countOf(name: string, work: () => Promise<unknown>): Promise<number> {
  const statements = await fixture.app.statementsOf(work);
  return statements.filter(({ text }) => text.startsWith(`/* ${name} */`)).length;
}

it('one of twenty calls at once on two instances is carried out, and all return its result', async () => {
  const input = { name: 'Twenty', idempotencyKey: newKey() };
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => createSite(input, index % 2)));
  const [site] = await sitesNamed('Twenty');
  expect(answers.map(({ data, errors }) => ({ data, errors }))).toEqual(
    answers.map(() => ({
      data: { createSite: { site: { databaseId: site!.id }, userErrors: [] } },
      errors: undefined,
    })),
  );
  expect(await sitesNamed('Twenty')).toHaveLength(1);
});

it('a call waits for one with the same key that is in progress on another instance', async () => {
  const { id } = await fixture.freeDevice();
  const input = { deviceId: id, patientId: fixture.patients.ann, idempotencyKey: newKey() };
  const [first, second] = await rival.inTurn(
    `select from device where id = ${id} for update`,
    () => fixture.call('associateDevice', input),
    () => fixture.call('associateDevice', input, 'northside', 1),
  );
  expect(first).toMatchObject({ statusChange: { status: 'WITH_PATIENT' }, userErrors: [] });
  expect(second).toEqual(first);
  expect(await fixture.changes(id)).toHaveLength(2);
});

it('a call whose client hung up before the response is found on another instance', async () => {
  const { id } = await fixture.freeDevice();
  const input = { deviceId: id, patientId: fixture.patients.ann, idempotencyKey: newKey() };
  const hangUp = new AbortController();
  await rival.hold(`select from device where id = ${id} for update`);
  const lost = fetch(`${fixture.app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.northside}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      query: 'mutation ($input: AssociateDeviceInput!) { associateDevice(input: $input) { userErrors { code } } }',
      variables: { input },
    }),
    signal: hangUp.signal,
  });
  await rival.untilBlocked(1);
  hangUp.abort();
  await expect(lost).rejects.toMatchObject({ name: 'AbortError' });
  const repeated = fixture.call('associateDevice', input, 'northside', 1);
  await rival.untilBlocked(2);
  await rival.release();
  expect(await repeated).toMatchObject({ statusChange: { status: 'WITH_PATIENT' }, userErrors: [] });
  expect(await fixture.changes(id)).toHaveLength(2);
});

it('a call that waited for one that is refused is not carried out', async () => {
  const { id } = await fixture.device({ status: 'LOST', siteId: fixture.sites.clinic });
  const input = { deviceId: id, patientId: fixture.patients.ann, idempotencyKey: newKey() };
  let answers: DevicePayload[] = [];
  const locks = await countOf('lock_device', async () => {
    answers = await rival.inTurn(
      `select from device where id = ${id} for update`,
      () => fixture.call('associateDevice', input),
      () => fixture.call('associateDevice', input, 'northside', 1),
    );
  });
  expect(answers[0]!.userErrors).toMatchObject([{ code: 'DEVICE_NOT_AVAILABLE_AT_SITE' }]);
  expect(answers[1]).toEqual(answers[0]);
  expect(locks).toBe(1);
});

it('a call that waits too long for another with its key is told to repeat it', async () => {
  const { id } = await fixture.freeDevice();
  const input = { deviceId: id, status: 'LOST', idempotencyKey: newKey() };
  await rival.hold(`select from device where id = ${id} for update`);
  const first = fixture.call('updateDeviceStatus', input);
  await rival.untilBlocked(1);
  const second = fixture.send('updateDeviceStatus', input, 'northside', 1);
  // As the statement timeout does it.
  await eventually(async () => {
    const canceled = await fixture.sql(`select pg_cancel_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '/* claim_idempotency_key */%'`);
    return canceled.length === 1;
  });
  expect((await second).errors).toMatchObject([
    {
      message:
        'Another call with this idempotencyKey is still in progress. Send the call again with the same idempotencyKey.',
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    },
  ]);
  await rival.release();
  expect(await fixture.call('updateDeviceStatus', input, 'northside', 1)).toEqual(await first);
});

it.each([
  [2, 'is carried out once'],
  [1_000, 'keeps no result when it fails in the end'],
])('a call whose transaction PostgreSQL gives up %s times %s', async (times) => {
  const input = { name: `Given up ${times} times`, idempotencyKey: newKey() };
  await fixture.sql(`
    drop sequence if exists attempts;
    create sequence attempts;
    grant usage on sequence attempts to public;
    create or replace function give_up() returns trigger language plpgsql as $$
      begin
        if nextval('attempts') <= ${times} then raise exception 'given up' using errcode = '40P01'; end if;
        return new;
      end $$;
    create trigger give_up before insert on site for each row execute function give_up()`);
  const { errors } = await createSite(input, 0);
  await fixture.sql('drop trigger give_up on site');
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(times === 2 ? undefined : ['INTERNAL_SERVER_ERROR']);
  expect(await sitesNamed(input.name)).toHaveLength(times === 2 ? 1 : 0);
  expect((await createSite(input, 1)).data).toMatchObject({ createSite: { userErrors: [] } });
  expect(await sitesNamed(input.name)).toHaveLength(1);
});
