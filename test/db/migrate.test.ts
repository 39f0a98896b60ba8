import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMigrations, migrate } from '../../src/platform/db/migrate';
import { eventually } from '../support/eventually';
import { urlOfDatabase } from '../support/test-database';
import { REPOSITORY } from '../support/tool';
import { UpgradeDatabase } from '../support/upgrade-database';

it('every migration file is loaded, and its class has the timestamp of the file', async () => {
  const files = (await readdir(join(REPOSITORY, 'migrations'))).sort();
  expect(files.length).toBeGreaterThan(6);
  expect(loadMigrations().map(({ name }) => /\d{13}$/.exec(name)![0])).toEqual(files.map((name) => name.slice(0, 13)));
});

it('compiled migrations are loaded in order, and other files are ignored', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  try {
    const write = (name: string, text: string) => writeFile(join(folder, name), text);
    await write('1900000000002-second.js', 'exports.Second1900000000002 = class Second1900000000002 {};');
    await write('1900000000001-first.js', 'exports.First1900000000001 = class First1900000000001 {};');
    for (const name of ['1900000000001-first.js.map', '1900000000001-first.d.ts', 'notes.js', '1900000000003-x.js~'])
      await write(name, 'not a module');
    expect(loadMigrations(folder).map(({ name }) => name)).toEqual(['First1900000000001', 'Second1900000000002']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('a migration that waits for the lock of a table gives way to others, and starts again until it gets the lock', async () => {
  const [last] = loadMigrations().slice(-1);
  const database = await UpgradeDatabase.before('DatesOfBirth1795652830000');
  const [{ name }] = (await database.rows('select current_database() as name')) as [{ name: string }];
  const stages: string[] = [];
  try {
    // A transaction that writes for long.
    await database.admin.query('begin');
    await database.admin.query('lock table patient in row exclusive mode');
    const migrating = migrate({
      url: urlOfDatabase(process.env.TEST_POSTGRES_URL!, name),
      servingUser: 'postgres',
      onStage: (stage) => stages.push(stage),
    });
    await eventually(() => stages.filter((stage) => stage.startsWith('the lock of a table')).length >= 2);
    await database.admin.query('commit');
    await migrating;
    expect(await database.rows(`select from migration where name = '${last!.name}'`)).toHaveLength(1);
  } finally {
    await database.drop();
  }
});

it('an index is made concurrently while another instance waits for its turn to migrate', async () => {
  const database = await UpgradeDatabase.before('SortsForOperators1795653340000');
  const [{ name }] = (await database.rows('select current_database() as name')) as [{ name: string }];
  const stages: string[][] = [[], []];
  const start = (nth: number) =>
    migrate({
      url: urlOfDatabase(process.env.TEST_POSTGRES_URL!, name),
      servingUser: 'postgres',
      onStage: (stage) => stages[nth]!.push(stage),
    });
  try {
    await database.admin.query('begin');
    await database.admin.query('lock table device in share update exclusive mode');
    const first = start(0);
    await eventually(() => stages[0]!.some((stage) => stage.startsWith('the lock of a table')));
    const second = start(1);
    await eventually(async () => {
      // A transaction sees the activity as it was at first.
      await database.rows('select pg_stat_clear_snapshot()');
      const waits = `select from pg_stat_activity where query ~ 'pg_(try_)?advisory_lock' and datname = current_database()`;
      return (await database.rows(`${waits} and pid <> pg_backend_pid()`)).length > 0;
    });
    await database.admin.query('commit');
    await Promise.all([first, second]);
    const invalid = `select from pg_index where not indisvalid`;
    expect(await database.rows(invalid)).toEqual([]);
    expect(
      await database.rows(
        `select from pg_indexes where indexname ~ '_by_(updated_at|.*_fold|last_reading)_for_operators$' and indexname !~ 'api_key'`,
      ),
    ).toHaveLength(8);
  } finally {
    await database.drop();
  }
});
