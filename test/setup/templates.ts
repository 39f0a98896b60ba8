import 'reflect-metadata';
import { Client } from 'pg';
import { migrate } from '../../src/platform/db/migrate';
import { loadDemoData } from '../../src/programs/demo/load-demo-data';
import { TEMPLATES, urlOfDatabase } from '../support/test-database';

/** Creates the two template databases of the tests: one with empty tables, one with the demo data. */
export async function createTemplates(serverUrl: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${TEMPLATES.empty}`);
    await migrate({ url: urlOfDatabase(serverUrl, TEMPLATES.empty), servingUser: 'postgres' });
    await client.query(`create database ${TEMPLATES.demo} template ${TEMPLATES.empty}`);
    await loadDemoData(urlOfDatabase(serverUrl, TEMPLATES.demo), new Date());
  } finally {
    await client.end();
  }
}
