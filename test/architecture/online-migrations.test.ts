import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadMigrations } from '../../src/platform/db/migrate';
import { REPOSITORY } from '../support/tool';
import { UpgradeDatabase } from '../support/upgrade-database';

/** The last migration before these rules. Those that are not released yet keep them, see CONTRIBUTING.md. */
const LAST_UNCHECKED = '1795652830000';

const CHECKED = loadMigrations().filter(({ name }) => name.slice(-13) > LAST_UNCHECKED);

/** Refuses what blocks, or reads, a large table in one step. Tables that the migration itself has made may have it. */
const GUARD = `
  create schema guard;
  create table guard.existing (id oid primary key);
  create function guard.remember() returns void language sql security definer as $$
    delete from guard.existing;
    insert into guard.existing select oid from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace $$;
  create function guard.is_existing(relation oid) returns boolean language sql security definer as $$
    select exists (select from guard.existing where id = relation) $$;
  create function guard.refuse(rule text, relation oid) returns void language plpgsql as $$
    begin raise exception '% (%)', rule, relation::regclass; end $$;
  create function guard.on_rewrite() returns event_trigger language plpgsql as $$
    begin
      if guard.is_existing(pg_event_trigger_table_rewrite_oid()) then
        perform guard.refuse('rewrites a table', pg_event_trigger_table_rewrite_oid());
      end if;
    end $$;
  create function guard.on_ddl() returns event_trigger language plpgsql as $$
    declare
      command record;
      said text := lower(current_query());
      indexed oid;
    begin
      for command in select * from pg_event_trigger_ddl_commands() loop
        if command.command_tag = 'CREATE INDEX' then
          select indrelid into indexed from pg_index where indexrelid = command.objid;
          if guard.is_existing(indexed) and said !~ 'concurrently|on only' then
            perform guard.refuse('creates an index without concurrently', indexed);
          end if;
        elsif command.command_tag = 'ALTER TABLE' and guard.is_existing(command.objid) then
          if said ~ '\\y(check|references)\\y' and said !~ 'not valid|validate constraint' then
            perform guard.refuse('adds a constraint without not valid', command.objid);
          elsif said ~ '\\yadd .*\\y(unique|primary key|exclude)\\y' and said !~ 'using index' then
            perform guard.refuse('adds a key without using index', command.objid);
          elsif said ~ 'set not null' and not exists (
            select from pg_constraint where conrelid = command.objid and contype = 'c' and convalidated
              and pg_get_constraintdef(oid) ilike '%' || substring(said from '(\\w+) set not null') || ' is not null%') then
            perform guard.refuse('sets not null without a validated check', command.objid);
          end if;
        end if;
      end loop;
    end $$;
  grant usage on schema guard to public;
  create event trigger guard_rewrite on table_rewrite execute function guard.on_rewrite();
  create event trigger guard_ddl on ddl_command_end execute function guard.on_ddl();`;

/** A write without a limit: to all rows of a table, perhaps, which keeps them locked and doubles the table. */
const WHOLE_TABLE =
  /\b(?:update|delete\s+from)\s+(?:public\.)?(\w+)(?=\s+(?:\w+\s+)?(?:set|where|using)\b|\s*[`;])(?![^`]*\blimit\b)/gi;

/** The tables to all of whose rows a migration writes. */
const writtenAsAWhole = (text: string) => [...text.matchAll(WHOLE_TABLE)].map(([, table]) => table!);

let database: UpgradeDatabase;
beforeAll(async () => {
  database = await UpgradeDatabase.before(CHECKED[0]?.name ?? '9999999999999');
  await database.admin.query(GUARD);
});
afterAll(() => database.drop());
beforeEach(() => database.admin.query('select guard.remember()'));

describe('the check refuses', () => {
  it.each([
    ['alter table patient alter column phone_number type varchar(40)', 'rewrites a table'],
    ['alter table patient add column token uuid default gen_random_uuid()', 'rewrites a table'],
    ['create index on patient (phone_number)', 'creates an index without concurrently'],
    [`alter table patient add constraint c check (phone_number <> '')`, 'adds a constraint without not valid'],
    ['alter table patient add column other bigint references customer', 'adds a constraint without not valid'],
    ['alter table patient add constraint u unique (phone_number)', 'adds a key without using index'],
    ['alter table patient alter column phone_number set not null', 'sets not null without a validated check'],
    [`alter table patient add constraint c check (phone_number <> '') not valid`, undefined],
    ['alter table patient add column other text', undefined],
    ['create table fresh (id bigint primary key, other bigint references customer)', undefined],
  ])('%s', async (statement, rule) => {
    await database.admin.query('begin');
    try {
      const outcome = await database.admin.query(statement).then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
      expect(outcome).toEqual(rule === undefined ? undefined : `${rule} (patient)`);
    } finally {
      await database.admin.query('rollback');
    }
  });

  it.each([
    ['update patient set enrolled = true', ['patient']],
    ['delete from public.patient where enrolled', ['patient']],
    ['update patient p set enrolled = true from (select id from patient limit 1000) n where n.id = p.id', []],
    ['create policy p on patient for update to gateway_customer', []],
  ])('whole tables: %s', (statement, tables) => {
    expect(writtenAsAWhole(statement)).toEqual(tables);
  });
});

it('migrations run beside a busy gateway: none blocks a large table for long', async () => {
  const files = readdirSync(join(REPOSITORY, 'migrations'));
  for (const { name } of CHECKED) {
    const file = files.find((each) => each.startsWith(name.slice(-13)))!;
    await database.admin.query('select guard.remember()');
    const rows = await database.rows('select relname as name from guard.existing join pg_class c on c.oid = id');
    const existing = new Set((rows as { name: string }[]).map((row) => row.name));
    const text = readFileSync(join(REPOSITORY, 'migrations', file), 'utf8');
    const whole = writtenAsAWhole(text).filter((table) => existing.has(table));
    expect({ file, whole }).toEqual({ file, whole: [] });
    await database.run(name);
  }
});
