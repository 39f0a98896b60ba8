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

/** Writes to all rows of a table in one statement, which keeps them locked and doubles the table. */
const WHOLE_TABLE = /\b(?:update\s+\w+(?:\s+\w+)?\s+set|delete\s+from)\b(?![^`]*\blimit\b)/i;

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
        (error: Error) => error.message,
      );
      expect(outcome).toEqual(rule === undefined ? undefined : `${rule} (patient)`);
    } finally {
      await database.admin.query('rollback');
    }
  });

  it.each([
    ['update patient set enrolled = true', true],
    ['delete from patient where enrolled', true],
    ['update patient p set enrolled = true from (select id from patient limit 1000) n where n.id = p.id', false],
    ['create policy p on patient for update to gateway_customer', false],
  ])('whole tables: %s', (statement, isRefused) => {
    expect(WHOLE_TABLE.test(statement)).toBe(isRefused);
  });
});

it('migrations run beside a busy gateway: none blocks a large table for long', async () => {
  const files = readdirSync(join(REPOSITORY, 'migrations'));
  for (const { name } of CHECKED) {
    const file = files.find((each) => each.startsWith(name.slice(-13)))!;
    const isWhole = WHOLE_TABLE.test(readFileSync(join(REPOSITORY, 'migrations', file), 'utf8'));
    expect({ file, isWhole }).toEqual({ file, isWhole: false });
    await database.admin.query('select guard.remember()');
    await database.run(name);
  }
});
