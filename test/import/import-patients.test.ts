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

const HEADER =
  'externalIdentifier,firstName,lastName,dateOfBirth,sex,email,phoneNumber,addressLineOne,city,state,zipCode,country,addressNote,timeZoneOverride,site';

let files = 0;
interface Options {
  args?: string[];
  apiKey?: string;
  stop?: Stop;
}

async function run(content: string, { args = [], apiKey = KEYS.northside, stop = new Stop() }: Options = {}) {
  const name = `patients-${(files += 1)}.csv`;
  await fixture.write(name, content);
  const rerun = (signal = new Stop().signal) =>
    fixture.run(name, { kind: 'patients', args, gateway: { url: relay.url, apiKey }, env: { interrupted: signal } });
  return { ...(await rerun(stop.signal)), name, rerun, refused: () => fixture.refused(`${name}.refused.csv`) };
}

const counts = (created: number, duplicates: number, conflicts: number, refused: number) =>
  `  created    ${created}\n  duplicates ${duplicates}\n  conflicts  ${conflicts}\n  refused    ${refused}\n`;

async function stored(lastName: string): Promise<Record<string, unknown>[]> {
  const { rows } = await app.admin.query<Record<string, unknown>>(
    `select p.customer_id, external_identifier, first_name, date_of_birth::text, sex, email, p.phone_number, p.address, p.time_zone,
      s.name site from patient p left join site s on s.customer_id = p.customer_id and s.id = p.site_id where last_name = $1 order by external_identifier`,
    [lastName],
  );
  return rows;
}

async function clinic(): Promise<string> {
  const { rows } = await app.admin.query<{ name: string }>('select name from site where customer_id = 1 and id = 3');
  return rows[0]!.name;
}

it('creates patients with all their values', async () => {
  const site = await clinic();
  const { out, exitCode } = await run(
    `${HEADER}\nIMP-1,Ruth,Whole,1950-03-27,FEMALE,ruth@example.com,+1 317-555-0136,18 Garden Street,Indianapolis,IN,46202,US,Ring twice,America/Chicago,"${site}"\n,Ann,Whole,,,,,,,,,,,,\n`,
  );
  expect(out).toContain(counts(2, 0, 0, 0));
  expect(exitCode).toBe(0);
  expect(await stored('Whole')).toMatchObject([
    {
      customer_id: '1',
      external_identifier: 'IMP-1',
      first_name: 'Ruth',
      date_of_birth: '1950-03-27',
      sex: 'FEMALE',
      email: 'ruth@example.com',
      phone_number: '+1 317-555-0136',
      address: {
        lineOne: '18 Garden Street',
        city: 'Indianapolis',
        state: 'IN',
        zipCode: '46202',
        country: 'US',
        note: 'Ring twice',
      },
      time_zone: 'America/Chicago',
      site,
    },
    { external_identifier: null, first_name: 'Ann', site: null },
  ]);
});

it('counts a patient that exists with the same data as a duplicate, and names what differs', async () => {
  const header = 'externalIdentifier,firstName,lastName,dateOfBirth,phoneNumber,city,zipCode';
  const first = 'SAME-1,Ruth,Same,1950-03-27,+1 (317) 555-0136,Indianapolis,46202\n';
  await run(`${header}\n${first}SAME-2,Ann,Same,,,,\n`);
  const { out, exitCode, refused } = await run(
    `${header}\n${first}SAME-2,Anna,Same,1951-01-01,,,\nSAME-1,Ruth,Same,1950-03-27,+1 317-555-0136,"Indianapolis ",46203\n`,
  );
  expect(out).toContain(counts(0, 1, 2, 0));
  expect(exitCode).toBe(2);
  expect((await refused()).map(({ line, codes, reasons }) => [line, codes, reasons])).toEqual([
    ['3', 'EXTERNAL_IDENTIFIER_TAKEN', expect.stringMatching(/ Not the same: firstName, dateOfBirth\.$/)],
    ['4', 'EXTERNAL_IDENTIFIER_TAKEN', expect.stringMatching(/ Not the same: address\.$/)],
  ]);
});

it('creates patients who are archived or not enrolled, and compares both', async () => {
  const header = 'externalIdentifier,firstName,lastName,archived,enrolled';
  const lines = 'STATE-1,Ruth,State,yes,no\nSTATE-2,Ann,State,false,TRUE\nSTATE-3,Owen,State,,\n';
  const { out, rerun } = await run(`${header}\n${lines}`);
  expect(out).toContain(counts(3, 0, 0, 0));
  const { rows } = await app.admin.query(
    `select archived_at is not null archived, enrolled from patient where last_name = 'State' order by external_identifier`,
  );
  expect(rows).toEqual([
    { archived: true, enrolled: false },
    { archived: false, enrolled: true },
    { archived: false, enrolled: true },
  ]);
  expect((await rerun()).out).toContain(counts(0, 3, 0, 0));
  const { refused } = await run(`${header}\nSTATE-1,Ruth,State,false,false\n`);
  expect((await refused())[0]!.reasons).toMatch(/ Not the same: archived\.$/);
});

it('recognizes a patient whose identifier, name and site come in another Unicode form', async () => {
  await app.data('northside', 'mutation { createSite(input: { name: "Clínica É" }) { userErrors { code } } }');
  const line = 'FORM-é,Zoë,Ångström,Clínica É\n';
  const header = 'externalIdentifier,firstName,lastName,site\n';
  expect((await run(`${header}${line}`)).out).toContain(counts(1, 0, 0, 0));
  const others = [line.normalize('NFD'), line.replaceAll(',', '\u200b,\u00a0')];
  expect((await run(`${header}${others.join('')}`)).out).toContain(counts(0, 2, 0, 0));
});

it('creates each patient once, also those without an identifier, whatever responses are lost', async () => {
  const lines = Array.from({ length: 450 }, (_, index) => `Ann ${index},Lost\n`);
  relay.dropsResponse = (call) => call % 2 === 0;
  const { out, exitCode } = await run(`firstName,lastName\n${lines.join('')}`);
  expect(out).toContain(counts(450, 0, 0, 0));
  expect(exitCode).toBe(0);
  expect(await stored('Lost')).toHaveLength(450);
});

it('creates each patient once when it resumes after a lost response', async () => {
  const stop = new Stop();
  relay.dropsResponse = () => {
    const isBatch = relay.bodies.at(-1)!.includes('Ann 39');
    if (isBatch) stop.now();
    return isBatch;
  };
  const lines = Array.from({ length: 50 }, (_, index) => `Ann ${index},Resumed\n`);
  const args = ['--batch-size', '20', '--concurrency', '1'];
  const stopped = await run(`firstName,lastName\n${lines.join('')}`, { args, stop });
  expect(stopped.exitCode).toBe(130);
  expect(await stored('Resumed')).toHaveLength(40);
  relay.dropsResponse = () => false;
  expect((await stopped.rerun()).out).toContain(counts(50, 0, 0, 0));
  expect(await stored('Resumed')).toHaveLength(50);
});

it('needs the customer from an operator', async () => {
  const { out } = await run('firstName,lastName\nAnn,Whose\n', { apiKey: KEYS.operator });
  expect(out).toContain(counts(0, 0, 0, 1));
  const args = ['--set', 'customer=Lakeview Care'];
  expect((await run('firstName,lastName\nAnn,Whose\n', { apiKey: KEYS.operator, args })).out).toContain(
    counts(1, 0, 0, 0),
  );
  expect(await stored('Whose')).toMatchObject([{ customer_id: '2' }]);
});

it('does not take a warehouse or the site of another customer', async () => {
  const { rows } = await app.admin.query<{ name: string }>('select name from site where customer_id in (0, 2)');
  const lines = rows.map(({ name }) => `Ann,Site,"${name}"\n`);
  const { refused } = await run(`firstName,lastName,site\n${lines.join('')}`);
  expect((await refused()).map(({ codes }) => codes)).toEqual(rows.map(() => 'SITE_NOT_FOUND'));
});

it('refuses the lines that break a rule or have values of the wrong type', async () => {
  const { refused, exitCode } = await run(
    'firstName,lastName,dateOfBirth,sex,email\nAnn,,,,\nAnn,Wrong,27.3.1950,,\nAnn,Wrong,,woman,\nAnn,Wrong,,,ann\n',
  );
  expect(exitCode).toBe(2);
  expect((await refused()).map(({ line, codes, reasons }) => [line, codes, reasons])).toEqual([
    ['2', 'BAD_USER_INPUT', 'lastName is missing.'],
    ['3', 'INVALID_INPUT', expect.stringMatching(/^dateOfBirth must be a date in the format YYYY-MM-DD/)],
    ['4', 'BAD_USER_INPUT', expect.stringMatching(/^sex must be one of /)],
    ['5', 'INVALID_INPUT', expect.stringMatching(/email/)],
  ]);
});

it('takes dates of birth in another format', async () => {
  const args = ['--date-format', 'd.M.yyyy'];
  const { out, refused } = await run('firstName,lastName,dateOfBirth\nAnn,Dated,27.3.1950\nAnn,Dated,3/27/1950\n', {
    args,
  });
  expect(out).toContain(counts(1, 0, 0, 1));
  expect(await stored('Dated')).toMatchObject([{ date_of_birth: '1950-03-27' }]);
  expect(await refused()).toMatchObject([{ line: '3', dateOfBirth: '3/27/1950', codes: 'INVALID_INPUT' }]);
});

it('needs a key that may create patients', async () => {
  const { exitCode, err } = await run('firstName,lastName\nAnn,No\n', { apiKey: KEYS.readOnly });
  expect(exitCode).toBe(1);
  expect(err).toContain(
    'is not allowed to create patients, which takes the role MEMBER, ADMIN or OPERATOR. It returned:',
  );
});
