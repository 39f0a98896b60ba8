import { statementChannel, type StatementTrace } from '../../src/platform/base/channels';
import { OrderFixture } from '../support/order-fixture';
import { codeOf, Rival } from '../support/rival';

let orders: OrderFixture;
let rival: Rival;
const deadlocks: string[] = [];
const ignore = () => undefined;
const watch = {
  ...{ start: ignore, end: ignore, asyncStart: ignore, error: ignore },
  asyncEnd: ({ name, sqlState }: StatementTrace) => {
    if (sqlState === '40P01') deadlocks.push(name);
  },
};

beforeAll(async () => {
  statementChannel.subscribe(watch);
  orders = await OrderFixture.start({ instances: 2 });
  rival = await Rival.start(orders.fixture);
});
beforeEach(() => orders.emptyStock());
afterEach(() => expect(deadlocks.splice(0)).toEqual([]));
afterAll(async () => {
  await rival.stop();
  await orders.stop();
  statementChannel.unsubscribe(watch);
});

type Call = () => Promise<string>;

const processed = async (input: object, instance: number) =>
  codeOf(await orders.call('processOrder', input, 'operator', instance));

it('an order by name and an order from stock lock the same devices in one order', async () => {
  const { cuff, scale } = orders.items;
  const [scaleDevice] = await orders.stock(1, { itemId: scale });
  const [cuffDevice] = await orders.stock(1, { itemId: cuff });
  const lines = [cuff, scale].map((itemId) => ({ itemId, quantity: 1 }));
  const [first, second] = [await orders.created({ lines }), await orders.created({ lines })];
  const deviceIdentifiers = [scaleDevice!.serial, cuffDevice!.serial];
  // Both wait for the first row that they lock.
  const rows = `select from device where id in (${scaleDevice!.id}, ${cuffDevice!.id}) order by id for update`;
  const results = await rival.atOnce(rows, [
    () => processed({ orderId: first.databaseId }, 0),
    () => processed({ orderId: second.databaseId, deviceIdentifiers }, 1),
  ]);
  expect(results.filter((code) => code === 'OK')).toHaveLength(1);
});

it.each(['identifiers of devices', 'external identifiers of patients'])(
  'two calls that insert the same %s in opposite order wait for each other',
  async (what) => {
    const ofDevices = what === 'identifiers of devices';
    const { fixture } = orders;
    const { id } = await fixture.freeDevice();
    const names = ['LOCK1A', 'LOCK1M', 'LOCK1Z'];
    const register = (values: string[], instance: number): Call => {
      const devices = values.map((value) => ({
        customerId: fixture.customers.northside,
        itemId: orders.items.cuff,
        siteId: fixture.sites.clinic,
        identifiers: [{ type: 'SERIAL', value }],
      }));
      const patients = values.map((externalIdentifier) => ({ firstName: 'A', lastName: 'B', externalIdentifier }));
      const [name, caller, input] = ofDevices
        ? (['registerDevices', 'operator', { devices }] as const)
        : (['createPatients', 'northside', { patients }] as const);
      const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
      const document = `mutation ($input: ${type}!) { ${name}(input: $input) { results { userErrors { code } } } }`;
      return async () => {
        type Data = Record<string, { results: { userErrors: { code: string }[] }[] }>;
        const data = await fixture.app.data<Data>(caller, document, { input }, instance);
        return data[name]!.results.map(codeOf).join();
      };
    };
    const insert = ofDevices
      ? `insert into device_identifier (customer_id, device_id, type, value, normalized)
           values (${fixture.customers.northside}, ${id}, 'IMEI', 'LOCK1M', 'LOCK1M')`
      : `insert into patient (customer_id, first_name, last_name, external_identifier)
           values (${fixture.customers.northside}, 'A', 'B', 'LOCK1M')`;
    const results = await rival.atOnce(insert, [register(names, 0), register([...names].reverse(), 1)], 'rollback');
    expect(results.filter((codes) => codes === 'OK,OK,OK')).toHaveLength(1);
  },
);

it('a patient who is changed can be referred to by new rows', async () => {
  const { fixture } = orders;
  const { patients, sites } = fixture;
  await rival.hold(`select from site where id = ${sites.clinic} for update`);
  const changed = fixture.app.data(
    'northside',
    `mutation ($input: UpdatePatientInput!) { updatePatient(input: $input) { userErrors { code } } }`,
    { input: { patientId: patients.ann, siteId: sites.clinic } },
  );
  await rival.untilBlocked(1);
  // The lock of a foreign key.
  await fixture.sql(`select from patient where id = $1 for key share nowait`, [patients.ann]);
  await rival.release();
  expect(await changed).toEqual({ updatePatient: { userErrors: [] } });
});
