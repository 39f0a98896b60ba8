import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { loadMigrations } from '../../src/platform/db/migrate';
import { urlOfDatabase } from './test-database';

/**
 * A database before an upgrade, with the migrations before a certain one. Its owner is not a superuser and is subject to row-level
 * security, so a migration that ignores the policies changes no row.
 */
export class UpgradeDatabase {
  private constructor(
    private readonly name: string,
    private readonly server: Client,
    private readonly source: DataSource,
    /** Connection of the superuser. */
    readonly admin: Client,
  ) {}

  /** @param migration class name of the first migration that is not run */
  static async before(migration: string): Promise<UpgradeDatabase> {
    const [name, password] = [`upgrade_${randomBytes(6).toString('hex')}`, randomBytes(12).toString('hex')];
    const server = new Client({ connectionString: process.env.TEST_POSTGRES_URL });
    await server.connect();
    await server.query(`create role ${name} login password '${password}'`);
    await server.query(`create database ${name} owner ${name}`);
    const url = new URL(urlOfDatabase(process.env.TEST_POSTGRES_URL!, name));
    const admin = new Client({ connectionString: url.toString() });
    await admin.connect();
    [url.username, url.password] = [name, password];
    const source = new DataSource({
      type: 'postgres',
      url: url.toString(),
      migrations: loadMigrations().filter((one) => one.name.slice(-13) < migration.slice(-13)),
      migrationsTableName: 'migration',
      installExtensions: false,
    });
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
    return new UpgradeDatabase(name, server, source, admin);
  }

  /** Runs one more migration, in a transaction unless it makes its own. */
  async run(migration: string, { lockTimeoutMs = 0 } = {}): Promise<void> {
    const [Migration] = loadMigrations().filter(({ name }) => name === migration);
    const runner = this.source.createQueryRunner();
    const one = new Migration!();
    try {
      await runner.query(`set lock_timeout = ${lockTimeoutMs}`);
      if (one.transaction !== false) await runner.startTransaction();
      await one.up(runner);
      if (one.transaction !== false) await runner.commitTransaction();
    } finally {
      await runner.release();
    }
  }

  async rows(sql: string): Promise<object[]> {
    return (await this.admin.query<object>(sql)).rows;
  }

  async drop(): Promise<void> {
    await this.source.destroy();
    await this.admin.end();
    await this.server.query(`drop database ${this.name}`);
    await this.server.query(`drop role ${this.name}`);
    await this.server.end();
  }
}
