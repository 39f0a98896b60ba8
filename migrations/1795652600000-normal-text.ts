import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The white space and the invisible characters that no text begins or ends with, as in src/platform/base/normal-text.ts. */
const EDGE = String.raw`[\u0009-\u000d\u0020\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u2069\u3000\ufeff]`;

/** Members by which a row is found. Each is unique: `externalIdentifier` of a patient within its customer, the SKU everywhere. */
const IDENTIFIERS = [
  { table: 'patient', column: 'external_identifier', noun: 'patient', within: 'customer_id' },
  { table: 'device_order', column: 'external_order_id', noun: 'order', within: 'customer_id' },
  { table: 'item', column: 'sku', noun: 'item', within: undefined },
] as const;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  patient: ['first_name', 'last_name'],
  site: ['name'],
  customer: ['name'],
  item: ['name', 'model', 'manufacturer'],
  api_key: ['name'],
};

const WITH_POLICIES = ['patient', 'device_order', 'order_event', 'site', 'customer', 'item', 'api_key'];

/**
 * Brings texts to one form: without white space and invisible characters at the ends, and with composed characters (Unicode
 * NFC). Only the rows that have another form are written. Their versions stay.
 *
 * Of rows whose identifiers become equal, the one that has the normal form already keeps it, else the oldest. The others get their
 * own id appended: `EXT-é (patient 4711)`. Nothing is merged. Customers whose names become equal stop the upgrade.
 *
 * A trigger does the same for what instances of an earlier release write afterwards.
 */
export class NormalText1795652600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create function normal_text(value text) returns text
      language sql immutable strict parallel safe
      return normalize(regexp_replace(value collate "C", '^${EDGE}+|${EDGE}+$', '', 'g'), nfc)`);
    for (const { table, column } of IDENTIFIERS) await this.createTrigger(runner, table, column);
    // Row-level security applies to the owner too, which would find no rows.
    for (const table of WITH_POLICIES) await runner.query(`alter table ${table} no force row level security`);
    await this.refuseEqualNames(runner);
    for (const identifier of IDENTIFIERS) await this.normalizeIdentifiers(runner, identifier);
    for (const [table, columns] of Object.entries(NAMES)) {
      const values = columns.map((column) => `${column} = normal_text(${column})`);
      const differ = columns.map((column) => `${column} <> normal_text(${column})`);
      await runner.query(`update ${table} set ${values.join(', ')} where ${differ.join(' or ')}`);
    }
    for (const [table, column] of [
      ['device_order', 'parcels'],
      ['order_event', 'parcel'],
    ] as const)
      await runner.query(`update ${table} set ${column} = normalize(${column}::text, nfc)::jsonb
        where ${column}::text is not nfc normalized`);
    for (const table of WITH_POLICIES) await runner.query(`alter table ${table} force row level security`);
  }

  async down(): Promise<void> {
    throw new Error('The earlier forms of texts are not kept: roll the gateway forward instead.');
  }

  /** The schema is named because an administrator may write with another search path. */
  private async createTrigger(runner: QueryRunner, table: string, column: string): Promise<void> {
    const [{ schema }] = (await runner.query(`select quote_ident(current_schema()) as schema`)) as [{ schema: string }];
    await runner.query(`create function normalize_${column}() returns trigger language plpgsql as $$
      begin
        new.${column} := ${schema}.normal_text(new.${column});
        return new;
      end $$`);
    await runner.query(`create trigger normalize_text before insert or update of ${column} on ${table}
      for each row execute function normalize_${column}()`);
  }

  private async normalizeIdentifiers(
    runner: QueryRunner,
    { table, column, noun, within }: (typeof IDENTIFIERS)[number],
  ): Promise<void> {
    const together = within === undefined ? 'true' : `t.${within} = o.${within}`;
    // Rows with the same normal form, first the one that has it already.
    await runner.query(`
      update ${table} t set ${column} = case when x.place = 1 then x.normal else x.normal || ' (${noun} ' || t.id || ')' end
      from (
        select o.${within ?? 'id'} as owner, o.id, o.normal,
          row_number() over (partition by ${within === undefined ? '' : `o.${within}, `}o.normal order by o.is_normal desc, o.id) as place
        from (
          select o.*, normal_text(o.${column}) as normal, o.${column} = normal_text(o.${column}) as is_normal from ${table} o
          where exists (
            select from ${table} t where ${together} and t.${column} <> normal_text(t.${column})
              and normal_text(t.${column}) = normal_text(o.${column}))
        ) o
      ) x
      where t.${within ?? 'id'} = x.owner and t.id = x.id and not (x.place = 1 and t.${column} = x.normal)`);
  }

  /** Which of two customers keeps the name is not for a program to decide. The message has ids and no names, because it is logged. */
  private async refuseEqualNames(runner: QueryRunner): Promise<void> {
    const groups = (await runner.query(
      `select string_agg(id::text, ', ' order by id) as ids from customer group by lower(normal_text(name)) having count(*) > 1 order by min(id)`,
    )) as { ids: string }[];
    if (groups.length === 0) return;
    throw new Error(
      'Names of customers must be unique, ignoring case, surrounding spaces and the Unicode form. These ids have the same name: ' +
        `${groups.map(({ ids }) => ids).join('; ')}. ` +
        `As a superuser, rename all but one of each, then start the gateway again: update customer set name = '…' where id = …;`,
    );
  }
}
