import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Gives each type of identifier its own key for comparison: docs/glossary.md#forms-of-identifiers. Values that do not have the form
 * of their type keep their key. If two devices get the same key, the older one gets it, and the other keeps its own: both are
 * still found by the value as it is written.
 *
 * Until they stop, earlier releases insert keys of their own. The trigger replaces them.
 */
export class FormsOfIdentifiers1795652800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // The collation makes upper() independent of the database's locale. Values of earlier releases are ASCII.
    await runner.query(`
      create function luhn_digit(digits text) returns text language sql immutable
      return (
        select ((10 - sum(case when (length(digits) - n) % 2 = 1 then d when d > 4 then 2 * d - 9 else 2 * d end) % 10) % 10)::text
        from (select n, substr(digits, n, 1)::int as d from generate_series(1, length(digits)) n) x
      )`);
    await runner.query(`
      create function device_identifier_key(type text, value text, normalized text) returns text language sql immutable
      return (
        select case
          when type = 'IMEI' and digits ~ '^[0-9]{16}$' then left(digits, 14) || luhn_digit(left(digits, 14))
          when type = 'IMEI' and digits ~ '^[0-9]{15}$' and digits = left(digits, 14) || luhn_digit(left(digits, 14)) then digits
          when type = 'ICCID' and digits ~ '^[0-9]{19}[0-9F]?$' then left(digits, 19)
          when type = 'MAC_ADDRESS' and value ~* '^[0-9A-F]{1,2}([:. -]+[0-9A-F]{1,2}){5}(([:. -]+[0-9A-F]{1,2}){2})?$'
            then (select upper(string_agg(lpad(byte, 2, '0'), '' order by n) collate "C")
              from regexp_split_to_table(value, '[:. -]+') with ordinality x (byte, n))
          when type = 'MAC_ADDRESS' and address ~ '^([0-9A-F]{12}|[0-9A-F]{16})$' then address
          when type = 'SIM_CARD_NUMBER' and digits ~ '^(1[0-9]{10}|[2-9][0-9]{10,14})$' then digits
          else normalized
        end
        from (select
          upper(regexp_replace(value, '[ ./-]', '', 'g') collate "C") as digits,
          upper(regexp_replace(value, '[ :.-]', '', 'g') collate "C") as address) x
      )`);
    await runner.query(`alter table device_identifier drop constraint device_identifier_normalized`);
    // Row-level security applies to the owner too, which would find no rows.
    await runner.query(`alter table device_identifier no force row level security`);
    await runner.query(`
      with changing as (
        select customer_id, device_id, type, device_identifier_key(type, value, normalized) as key from device_identifier
        where type <> 'SERIAL' and normalized <> device_identifier_key(type, value, normalized)
      ), first as (
        select distinct on (key) * from changing order by key, device_id
      )
      update device_identifier i set normalized = f.key from first f
      where i.customer_id = f.customer_id and i.device_id = f.device_id and i.type = f.type
        and not exists (select from device_identifier other where other.normalized = f.key)`);
    await runner.query(`alter table device_identifier force row level security`);
    await runner.query(`alter table device_identifier
      add constraint device_identifier_normalized check (normalized <> '')`);
    await runner.query(`
      create function device_identifier_set_key() returns trigger language plpgsql set search_path from current as $$
        begin
          new.normalized := device_identifier_key(new.type, new.value, new.normalized);
          return new;
        end
      $$`);
    await runner.query(`create trigger device_identifier_set_key before insert on device_identifier
      for each row execute function device_identifier_set_key()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const key = `upper(regexp_replace(value, '[[:space:]:-]', '', 'g'))`;
    await runner.query(`drop trigger device_identifier_set_key on device_identifier`);
    await runner.query(`alter table device_identifier drop constraint device_identifier_normalized`);
    await runner.query(`alter table device_identifier no force row level security`);
    await runner.query(`update device_identifier set normalized = ${key} where normalized <> ${key}`);
    await runner.query(`alter table device_identifier force row level security`);
    await runner.query(`alter table device_identifier
      add constraint device_identifier_normalized check (normalized <> '' and normalized = ${key})`);
    await runner.query(`drop function device_identifier_set_key()`);
    await runner.query(`drop function device_identifier_key(text, text, text)`);
    await runner.query(`drop function luhn_digit(text)`);
  }
}
