import { AUDIENCE, ISSUER, startIssuer, type TestIssuer } from '../access/issuer.harness';
import { DeviceFixture } from '../support/device-fixture';
import { globalId } from '../support/global-id';

let issuer: TestIssuer;
let fixture: DeviceFixture;
beforeAll(async () => {
  issuer = await startIssuer(() => new Date());
  fixture = await DeviceFixture.start({
    env: { JWKS_URL: issuer.jwksUrl.href, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE },
  });
});
afterAll(async () => {
  await fixture.stop();
  await issuer.close();
});

const ACTOR = '{ __typename displayName ... on ApiKeyActor { apiKeyId } ... on UserActor { subject } }';
const HISTORY = `query ($id: ID!) { device(id: $id) {
  statusHistory(first: 10) { nodes { actor ${ACTOR} } }
  associations { nodes { startedBy ${ACTOR} endedBy ${ACTOR} } } } }`;

interface History {
  device: { statusHistory: { nodes: { actor: object }[] }; associations: { nodes: object[] } };
}

const historyOf = (id: string, caller: 'northside' | 'operator' = 'northside') =>
  fixture.app.data<History>(caller, HISTORY, { id });

/** Starts an association as one caller and ends it as another. Returns both actors. */
async function byTwo(first: { key: string }, second: { key: string }) {
  const { id } = await fixture.freeDevice();
  await fixture.call('associateDevice', { deviceId: id, patientId: fixture.patients.ann }, first);
  await fixture.call('disassociateDevice', { deviceId: id }, second);
  return id;
}

describe('the actor of a change', () => {
  it('is an API key with its global id, or a user with the subject of the token', async () => {
    const key = await fixture.key('MEMBER', '1');
    const [stored] = await fixture.sql<{ id: string }>('select max(id) as id from api_key');
    const token = { key: await issuer.sign({ sub: 'auth0|7', role: 'MEMBER' }) };
    const byKey = {
      __typename: 'ApiKeyActor',
      displayName: 'A key for MEMBER',
      apiKeyId: globalId('ApiKey', stored!.id),
    };
    const byUser = { __typename: 'UserActor', displayName: 'auth0|7', subject: 'auth0|7' };

    const { device } = await historyOf(await byTwo(key, token));

    expect(device.associations.nodes).toEqual([{ startedBy: byKey, endedBy: byUser }]);
    expect(device.statusHistory.nodes.slice(0, 2)).toEqual([{ actor: byUser }, { actor: byKey }]);
    const viewer = `{ viewer { actor ${ACTOR} } }`;
    expect(await fixture.app.data(key, viewer)).toEqual({ viewer: { actor: byKey } });
    expect(await fixture.app.data(token, viewer)).toEqual({ viewer: { actor: byUser } });
  });

  it('is Impilo staff: customers see no name, operators see it, for a key and for a token', async () => {
    const key = await fixture.key('OPERATOR', null);
    const token = { key: await issuer.sign({ sub: 'desk-3', role: 'OPERATOR', customer_id: undefined }) };
    const id = await byTwo(key, token);
    const impilo = { __typename: 'StaffActor', displayName: 'Impilo' };
    const named = (displayName: string) => ({ __typename: 'StaffActor', displayName });

    expect((await historyOf(id)).device.associations.nodes).toEqual([{ startedBy: impilo, endedBy: impilo }]);
    expect((await historyOf(id, 'operator')).device.associations.nodes).toEqual([
      { startedBy: named('A key for OPERATOR'), endedBy: named('desk-3') },
    ]);
    expect(await fixture.app.data(key, `{ viewer { actor ${ACTOR} } }`)).toEqual({
      viewer: { actor: named('A key for OPERATOR') },
    });
  });

  it('is the platform, a demo key, or a key from before keys were recorded, both without an id', async () => {
    const { id } = await fixture.freeDevice();
    await fixture.call('updateDeviceStatus', { deviceId: id, status: 'LOST' });
    const { device } = await historyOf(id);
    expect(device.statusHistory.nodes).toEqual([
      { actor: { __typename: 'ApiKeyActor', displayName: 'Northside demo key', apiKeyId: null } },
      { actor: { __typename: 'SystemActor', displayName: 'test' } },
    ]);
  });
});

it('the database accepts the id of a key only for a change by a key', async () => {
  const { id } = await fixture.freeDevice();
  const change = `update device_status_change set changed_by_kind = 'USER', changed_by_api_key_id = 1 where device_id = $1`;
  await expect(fixture.sql(change, [id])).rejects.toMatchObject({
    constraint: 'device_status_change_changed_by_api_key',
  });
});
