import { Pool } from 'pg';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { CUSTOMER_ID, READING_COLUMNS, toRow, type Holder, type SentReading } from './reading';

const COLUMNS = Object.keys(READING_COLUMNS);
const NAMES = COLUMNS.join(', ');

const INSERT_MANY = `insert into reading (id, received_at, ${NAMES})
  select new_reading_id(n.taken_at), now(), n.*
  from unnest(${COLUMNS.map((column, index) => `$${index + 1}::${READING_COLUMNS[column]}[]`).join(', ')}) n(${NAMES})
  on conflict do nothing`;

const INSERT_ONE = `insert into reading (id, received_at, ${NAMES})
  values (new_reading_id($1), now(), ${COLUMNS.map((column, index) => `$${index + 1}::${READING_COLUMNS[column]}`).join(', ')}) returning id`;

/** The same for all patients. The value makes no difference to the database. */
const ANY_OFFSET = -18_000;

/**
 * Inserts readings with one handwritten prepared statement, in the gateway's role and under row-level security. Each statement is a
 * transaction.
 */
export class HandWrittenInsert {
  private readonly pool: Pool;
  private holders: Promise<ReadonlyMap<string, Holder>> | undefined;

  constructor(url: string, connections: number) {
    this.pool = new Pool({
      connectionString: url,
      max: connections,
      options: `-c role=${DATABASE_ROLES.customer} -c app.customer_id=${CUSTOMER_ID} -c TimeZone=UTC`,
    });
  }

  /** @returns number of stored readings */
  async many(readings: readonly SentReading[]): Promise<number> {
    const holders = await (this.holders ??= this.readHolders());
    const rows = readings.map((reading) => toRow(reading, holders.get(reading.deviceId)!));
    const values = COLUMNS.map((column) => rows.map((row) => row[column]));
    const { rowCount } = await this.pool.query({ name: 'insert_many', text: INSERT_MANY, values });
    return rowCount!;
  }

  /** @returns id of the reading */
  async one(reading: SentReading): Promise<string> {
    const holders = await (this.holders ??= this.readHolders());
    const row = toRow(reading, holders.get(reading.deviceId)!);
    const values = COLUMNS.map((column) => row[column]);
    const { rows } = await this.pool.query<{ id: string }>({ name: 'insert_one', text: INSERT_ONE, values });
    return rows[0]!.id;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async readHolders(): Promise<ReadonlyMap<string, Holder>> {
    const { rows } = await this.pool.query<{ id: string; patientId: string }>(
      'select id, patient_id as "patientId" from device where patient_id is not null',
    );
    return new Map(rows.map(({ id, patientId }) => [id, { patientId, offset: ANY_OFFSET }]));
  }
}
