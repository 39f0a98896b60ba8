import { Client } from 'pg';
import { faultOfDatabaseUrl, urlsPerHost } from '../../src/platform/base/database-url';
import { connect } from '../../src/platform/db/connection';
import { explainError } from '../../src/platform/db/explain-error';
import { Workbench } from '../postgres/embedded-postgres.harness';
import { eventually } from '../support/eventually';
import { ReservedPort } from '../support/reserved-port';

describe('a URL', () => {
  it.each([
    ['postgres://u:p@one/d', ['postgres://u:p@one/d']],
    ['postgres://u:p@one:1,two:2/d?ssl=true', ['postgres://u:p@one:1/d?ssl=true', 'postgres://u:p@two:2/d?ssl=true']],
    ['postgres://u:p@ss@one,[::1]:5433/d', ['postgres://u:p@ss@one/d', 'postgres://u:p@ss@[::1]:5433/d']],
    ['postgres:///d?host=one&user=u', ['postgres:///d?host=one&user=u']],
    [
      'postgres:///d?host=one,two&port=1,2&user=u',
      ['postgres:///d?host=one&port=1&user=u', 'postgres:///d?host=two&port=2&user=u'],
    ],
  ])('%s', (url, perHost) => {
    expect(urlsPerHost(url)).toEqual(perHost);
    expect(faultOfDatabaseUrl(url)).toBeUndefined();
  });

  it.each(['read-write', 'primary', 'any'])('may ask for %s', (attributes) => {
    expect(faultOfDatabaseUrl(`postgres://u@one,two/d?target_session_attrs=${attributes}`)).toBeUndefined();
  });

  it.each(['read-only', 'standby', 'prefer-standby'])('may not ask for %s', (attributes) => {
    expect(faultOfDatabaseUrl(`postgres://u@one,two/d?target_session_attrs=${attributes}`)).toBe(
      'must have target_session_attrs=read-write, primary or any, or none: the gateway needs the host that accepts writes',
    );
  });

  it.each(['postgres://u@one,/d:x', 'postgres://u@one:x,two/d', 'mysql://u@one,two/d', 'postgres://one,two/d'])(
    'is refused: %s',
    (url) => {
      expect(faultOfDatabaseUrl(url)).toMatch(/^must be a URL like/);
    },
  );
});

describe('connections', () => {
  const benches = [new Workbench(), new Workbench()];
  let urls: URL[];
  let dead: ReservedPort;
  beforeAll(async () => {
    for (const bench of benches) await bench.open();
    urls = (await Promise.all(benches.map((bench) => bench.start()))).map(({ url }) => new URL(url));
    // One password for both, as for the hosts of a cluster.
    await run(urls[1]!, `alter role postgres password '${urls[0]!.password}'`);
    urls[1]!.password = urls[0]!.password;
    dead = await ReservedPort.take();
  });
  afterAll(async () => {
    await dead.giveBack();
    await Promise.all(benches.map((bench) => bench.close()));
  });

  async function run(url: URL, ...statements: string[]): Promise<void> {
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  const setReadOnly = (url: URL, value: 'on' | 'off') =>
    run(url, `alter system set default_transaction_read_only = ${value}`, 'select pg_reload_conf()');

  async function connectedPort(hosts: readonly (string | number)[]): Promise<number> {
    const list = hosts.map((port) => `127.0.0.1:${port}`).join(',');
    const url = `postgres://postgres:${urls[0]!.password}@${list}/gateway?sslmode=disable`;
    const client = await connect(url, { name: 'test' });
    const { rows } = await client.query<{ port: number }>(`select current_setting('port')::int as port`);
    await client.end();
    return rows[0]!.port;
  }

  it('go to the first host that can be reached and accepts writes, also after a failover', async () => {
    const [one, two] = urls.map(({ port }) => Number(port)) as [number, number];
    expect(await connectedPort([dead.number, one, two])).toBe(one);
    await setReadOnly(urls[0]!, 'on');
    await eventually(async () => (await connectedPort([dead.number, one, two])) === two);
    // None accepts writes: the first one says so to the caller.
    await setReadOnly(urls[1]!, 'on');
    await eventually(async () => (await connectedPort([dead.number, one, two])) === one);
    await setReadOnly(urls[1]!, 'off');
    await eventually(async () => (await connectedPort([one, two])) === two);
  });

  it('fail if there is none', async () => {
    const error = await connectedPort([dead.number, dead.number]).catch((thrown: unknown) => thrown);
    const address = `127.0.0.1:${dead.number}`;
    expect(explainError(error)).toBe(
      `Cannot connect to PostgreSQL at any of the hosts. ${address}: nothing listens there; ${address}: nothing listens there. ` +
        'Start PostgreSQL on one of them, or correct the hosts in the URL.',
    );
  });
});
