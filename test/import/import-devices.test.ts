import { KEYS, TestApp } from '../support/test-app';
import { ImportFixture, Stop } from './import.harness';
import { Relay } from './relay.harness';

let app: TestApp;
let fixture: ImportFixture;
let relay: Relay;
beforeAll(async () => {
  [app, fixture] = await Promise.all([TestApp.start(), ImportFixture.start()]);
  relay = await Relay.start(`${app.url}/graphql`);
});
afterAll(async () => {
  await relay.stop();
  await Promise.all([app.stop(), fixture.stop()]);
});
afterEach(() => {
  relay.dropsResponse = () => false;
});

const CUFF = 'BP-CADENCE-BP3';
const HEADER = 'serial,imei,customer,sku,site';

let files = 0;
interface Options {
  args?: string[];
  apiKey?: string;
  stop?: Stop;
}

async function run(content: string, { args = [], apiKey = KEYS.operator, stop = new Stop() }: Options = {}) {
  const name = `devices-${(files += 1)}.csv`;
  await fixture.write(name, content);
  const rerun = (more: string[] = [], signal = new Stop().signal) =>
    fixture.run(name, {
      kind: 'devices',
      args: [...args, ...more],
      gateway: { url: relay.url, apiKey },
      env: { interrupted: signal },
    });
  return { ...(await rerun([], stop.signal)), name, rerun, refused: () => fixture.refused(`${name}.refused.csv`) };
}

async function stored(prefix: string): Promise<unknown[]> {
  const { rows } = await app.admin.query({
    text: `select i.value, c.name customer, t.sku, s.name site, d.current_status from device d
      join device_identifier i on i.device_id = d.id and type = 'SERIAL' join customer c on c.id = d.customer_id
      join item t on t.id = item_id join site s on s.customer_id = site_customer_id and s.id = site_id
      where i.value like $1 order by d.id`,
    values: [`${prefix}%`],
    rowMode: 'array',
  });
  return rows as unknown[];
}

const counts = (registered: number, duplicates: number, conflicts: number, refused: number) =>
  `  registered ${registered}\n  duplicates ${duplicates}\n  conflicts  ${conflicts}\n  refused    ${refused}\n`;

/** Names as the demo has them. */
async function names(): Promise<{ warehouse: string; clinic: string }> {
  const { rows } = await app.admin.query<{ name: string }>(
    'select name from site where customer_id = 0 and id = 1 union all select name from site where customer_id = 1 and id = 3',
  );
  return { warehouse: rows[0]!.name, clinic: rows[1]!.name };
}

it('registers devices by the names of their customer, item and site', async () => {
  const { warehouse, clinic } = await names();
  const { exitCode, out } = await run(
    `${HEADER}\nNEW-1,,Northside Health,${CUFF},${clinic}\nNEW-2,,northside health,${CUFF},"${warehouse.toUpperCase()}"\n`,
  );
  expect(out).toMatch(/^Imported devices-\d+\.csv: 2 lines in \d+\.\d s, [\d,]+ devices\/s\.\n/);
  expect(out).toContain(counts(2, 0, 0, 0));
  expect(exitCode).toBe(0);
  expect(await stored('NEW-')).toEqual([
    ['NEW-1', 'Northside Health', CUFF, clinic, 'AVAILABLE_AT_SITE'],
    ['NEW-2', 'Northside Health', CUFF, warehouse, 'AVAILABLE'],
  ]);
});

it('takes ids, and values that all lines have', async () => {
  const { warehouse } = await names();
  const { out, exitCode } = await run('Serial No,Box\nSET-1,4\nSET-2,4\n', {
    args: [
      '--columns',
      'Serial No=serial',
      '--set',
      'customerId=2',
      '--set',
      `sku=${CUFF}`,
      '--set',
      `site=${warehouse}`,
    ],
  });
  expect(out).toContain(`Ignored columns: Box\n`);
  expect(out).toContain(counts(2, 0, 0, 0));
  expect(exitCode).toBe(0);
  expect(await stored('SET-')).toEqual([
    ['SET-1', 'Lakeview Care', CUFF, warehouse, 'AVAILABLE'],
    ['SET-2', 'Lakeview Care', CUFF, warehouse, 'AVAILABLE'],
  ]);
});

it('refuses only the lines with names or values that do not exist, and gives the reasons', async () => {
  const { clinic } = await names();
  const northside = `Northside Health,${CUFF},${clinic}`;
  const { out, exitCode, refused } = await run(
    `${HEADER}\nBAD-1,,Southside,${CUFF},${clinic}\nBAD-2,,Northside Health,NO-SKU,${clinic}\nBAD-3,,Lakeview Care,${CUFF},${clinic}\n,,${northside}\nBAD-4,,${northside}\n`,
  );
  expect(out).toContain(counts(1, 0, 0, 4));
  expect(exitCode).toBe(2);
  expect((await refused()).map(({ line, codes, reasons }) => [line, codes, reasons])).toEqual([
    ['2', 'CUSTOMER_NOT_FOUND', 'There is no customer "Southside". Check customer.'],
    ['3', 'ITEM_NOT_FOUND', 'There is no item "NO-SKU". Check sku.'],
    ['4', 'SITE_NOT_FOUND', `There is no site "${clinic}". Check site.`],
    ['5', 'INVALID_INPUT', expect.stringContaining('at least one identifier')],
  ]);
});

it('counts a device that is registered with the same data as a duplicate, and lists one with other data', async () => {
  const { clinic } = await names();
  const line = (serial: string, imei = '', sku = CUFF) => `${serial},${imei},Northside Health,${sku},${clinic}\n`;
  await run(`${HEADER}\n${line('DUP-1', '356938035643809')}${line('DUP-2')}${line('DUP-3')}`);
  const { out, exitCode, refused } = await run(
    `${HEADER}\n${line('dup 1', '356938035643809')}${line('DUP-2', '', 'WS-PLINTH-W4')}${line('DUP-3', '490154203237518')}${line('DUP-3')}${line('DUP-4')}`,
  );
  expect(out).toContain(counts(1, 2, 2, 0));
  expect(exitCode).toBe(2);
  expect((await refused()).map(({ line, codes, reasons }) => [line, codes, reasons])).toEqual([
    ['3', 'IDENTIFIER_TAKEN', expect.stringMatching(/ Not the same: item\.$/)],
    ['4', 'IDENTIFIER_TAKEN', expect.stringMatching(/ Not the same: identifiers\.$/)],
  ]);
});

it('registers each device once, whatever responses are lost', async () => {
  const { clinic } = await names();
  const lines = Array.from({ length: 600 }, (_, index) => `LOST-${index},,Northside Health,${CUFF},${clinic}\n`);
  // The calls before the first batch find the ids of the names.
  relay.dropsResponse = (call) => call % 2 === 0;
  const { out, exitCode } = await run(`${HEADER}\n${lines.join('')}`);
  expect(out).toContain(counts(600, 0, 0, 0));
  expect(exitCode).toBe(0);
  expect(await stored('LOST-')).toHaveLength(600);
});

it('resumes after a stop, and in another run after the key of a lost call has gone', async () => {
  const { clinic } = await names();
  const lines = Array.from({ length: 90 }, (_, index) => `STOP-${index},,Northside Health,${CUFF},${clinic}\n`);
  const stop = new Stop();
  relay.dropsResponse = () => {
    // The call is carried out, but its response is lost, and the import is stopped before it tries again.
    const isBatch = relay.bodies.at(-1)!.includes('STOP-59');
    if (isBatch) stop.now();
    return isBatch;
  };
  const args = ['--batch-size', '20', '--concurrency', '1'];
  const stopped = await run(`${HEADER}\n${lines.join('')}`, { args, stop });
  expect(stopped.out).toMatch(/Stopped\. 40 lines of .* done\./);
  expect(stopped.exitCode).toBe(130);
  await app.admin.query('delete from idempotency_key');
  relay.dropsResponse = () => false;
  const resumed = await stopped.rerun(['--batch-size', '7']);
  expect(resumed.out).toContain('at line 42: 40 lines done before.');
  expect(resumed.out).toContain(counts(70, 20, 0, 0));
  expect(resumed.exitCode).toBe(0);
  expect(await stored('STOP-')).toHaveLength(90);
  const sizes = relay.bodies.slice(-3).map((body) => body.match(/STOP-/g)!.length);
  expect(sizes).not.toContain(7);
});

it('needs a key of an operator', async () => {
  const { exitCode, err } = await run(`serial,customerId,itemId,siteId\nNO-1,1,1,3\n`, { apiKey: KEYS.northside });
  expect(exitCode).toBe(1);
  expect(err).toContain(
    'error: The key in API_KEY is not allowed to register devices, which takes the role OPERATOR. It returned: ',
  );
});

it.each([
  ['serial', 'The column customer (or customerId) is missing. Add it, or use --set.'],
  [
    'customer,sku,site',
    'A column with an identifier is missing. Add one of serial, imei, iccid, macAddress, simCardNumber.',
  ],
  [
    'serial,customer,sku,site,weight',
    'The column "weight" is unknown. Known columns: customer, sku, site, customerId,',
  ],
])('a file with the columns %s is not started', async (header, message) => {
  const { exitCode, err } = await run(`${header}\n`);
  expect(exitCode).toBe(1);
  expect(err).toContain(message);
});

it('refuses a line that has both a name and an id', async () => {
  const { refused } = await run(`serial,customer,customerId,itemId,siteId\nBOTH-1,Northside Health,1,1,3\n`);
  expect(await refused()).toMatchObject([{ reasons: 'customer and customerId are both given. Use one of them.' }]);
});

it('imports NDJSON with entries of the API', async () => {
  const entry = { customerId: '1', itemId: '1', siteId: '3', identifiers: [{ type: 'SERIAL', value: 'JSON-1' }] };
  await fixture.write('d.ndjson', `${JSON.stringify(entry)}\n${JSON.stringify({ ...entry, sku: 'x' })}\n`);
  const { out } = await fixture.run('d.ndjson', {
    kind: 'devices',
    gateway: { url: relay.url, apiKey: KEYS.operator },
  });
  expect(out).toContain(counts(1, 0, 0, 1));
  expect(await fixture.refusedNdjson('d.ndjson.refused.ndjson')).toMatchObject([
    { line: 2, reasons: ['sku is not a field of a device.'] },
  ]);
});

it('refuses what a spreadsheet has made of an identifier, and says so', async () => {
  const { clinic } = await names();
  const { exitCode, out, refused } = await run(
    `${HEADER}\nXL-1,3.56938E14,Northside Health,${CUFF},${clinic}\nXL-2,86-001403-000001-2,Northside Health,${CUFF},${clinic}\n`,
  );

  expect(out).toContain(counts(1, 0, 0, 1));
  expect(exitCode).toBe(2);
  expect(JSON.stringify(await refused())).toContain('must not be a number that a spreadsheet has rounded');
  expect(await stored('XL-')).toHaveLength(1);
});
