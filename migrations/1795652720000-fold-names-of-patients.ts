import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows that are locked at once, for less than half a second. */
const PORTION = 1_000;

const INDEXES = {
  patient_by_first_name_fold: '(customer_id, first_name_fold, id)',
  patient_by_last_name_fold: '(customer_id, last_name_fold, id)',
  patient_by_external_identifier_fold:
    '(customer_id, external_identifier_fold) where external_identifier_fold is not null',
  patient_by_email_fold: '(customer_id, email_fold) where email_fold is not null',
} as const;

/** Lets the owner see the rows for that time: row-level security applies to it, too. */
const POLICY = 'fold_existing_names';

/**
 * Fills the folded names of existing patients in portions, each in a transaction of its own. In the meantime, other instances read
 * and write. Then it builds the indexes: for some seconds per million patients, writes of patients wait. `concurrently` is no
 * way out: it waits for all statements, also for that of an instance that waits for the lock of the migration.
 *
 * It has no transaction as a whole. If it is interrupted, it is run again from the start and skips what is done. New instances
 * serve only after it, so they never see a patient without folded names.
 */
export class FoldNamesOfPatients1795652720000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`drop policy if exists ${POLICY} on patient`);
    await runner.query(`create policy ${POLICY} on patient for all to current_user using (true) with check (true)`);
    let last: Key | undefined = { customer_id: '0', id: '0' };
    while (last) last = await foldAfter(runner, last);
    await runner.query(`drop policy ${POLICY} on patient`);
    for (const [name, columns] of Object.entries(INDEXES))
      await runner.query(`create index if not exists ${name} on patient ${columns}`);
    await runner.query(`alter table patient drop constraint if exists patient_folded`);
    await runner.query(`alter table patient add constraint patient_folded
      check (first_name_fold is not null and last_name_fold is not null) not valid`);
    await runner.query(`alter table patient validate constraint patient_folded`);
  }

  async down(): Promise<void> {
    throw new Error('Folded names are not taken back: a release before does not use them.');
  }
}

interface Key {
  customer_id: string;
  id: string;
}

/** Writing a name makes the trigger fold it. Returns the last key of the portion; undefined at the end. */
async function foldAfter(runner: QueryRunner, { customer_id, id }: Key): Promise<Key | undefined> {
  const [last] = (await runner.query(
    `with portion as materialized (
        select customer_id, id, last_name_fold is null as is_open from patient
        where (customer_id, id) > ($1, $2) order by customer_id, id limit ${PORTION} for no key update
      ), folded as (
        update patient p set first_name = p.first_name from portion n
        where n.is_open and p.customer_id = n.customer_id and p.id = n.id
      )
      select customer_id, id from portion order by customer_id desc, id desc limit 1`,
    [customer_id, id],
  )) as Key[];
  return last;
}
