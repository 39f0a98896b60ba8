import { Client } from 'pg';
import { generateApiKey, hashApiKey } from '../../../src/platform/access/access.service';
import { Database } from '../../../src/platform/db/database';
import { SYSTEM_SCOPE } from '../../../src/platform/db/scope';
import type { Tx } from '../../../src/platform/db/session';
import { TestApp, type CallerName, type LoggedStatement } from '../../support/test-app';
import { explain, nodesOf, outline, pagesOf, type PlanMode, type PlanNode } from '../../db/explain';
import { watchPreparedNames } from './prepared-names.harness';
import { fillWithReadings } from './reading-plans.data';

/** Tables that grow with the platform, including every partition of readings. */
const BIG_TABLES =
  /^(reading(_\w+)?|device|patient|device_activity|patient_activity|device_association|device_identifier)$/;

/** An executed statement, with the properties of its plan that tests check. */
export interface Explained {
  /** Statement and plan, shown in failures. */
  shown: string;
  pages: number;
  /** Rows that scans of partitions of readings return, or read and drop. */
  rows: number;
  /** Big tables with a sequential scan. */
  scannedTables: string[];
  /** Number of reads per partition of readings. */
  partitions: Record<string, number>;
  /**
   * Indexes of readings in the plan, even if not executed, without the name of the partition. Not those of empty partitions: they
   * all cost the same.
   */
  indexes: string[];
}

/** A gateway on a database with two years of readings, which explains the statements it sends. */
export class ExplainedGateway {
  private readonly preparedNames = watchPreparedNames();

  private constructor(
    readonly app: TestApp,
    private readonly client: Client,
    private readonly emptyPartitions: ReadonlySet<string>,
  ) {}

  static async start(): Promise<ExplainedGateway> {
    const app = await TestApp.start({ template: 'empty' });
    await fillWithReadings(app.admin);
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    const { rows } = await app.admin.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits
       where inhparent = 'reading'::regclass and pg_relation_size(inhrelid) = 0`,
    );
    const gateway = new ExplainedGateway(app, client, new Set(rows.map(({ name }) => name)));
    // The first list of a session also reads pages of the catalog, such as those of the functions that it calls.
    const first = '{ devices(first: 1) { nodes { readings(first: 1) { nodes { databaseId } } } } }';
    await gateway.explained('northside', first, 'readings_by_device');
    return gateway;
  }

  async stop(): Promise<void> {
    jest.restoreAllMocks();
    await this.client.end();
    await this.app.stop();
  }

  /** Makes PostgreSQL plan for this number of customers: the more, the fewer rows it expects per customer. */
  async assumeCustomers(count: number): Promise<void> {
    const { rows } = await this.app.admin.query<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits
       where inhparent = 'reading'::regclass and pg_relation_size(inhrelid) > 0
       union all select unnest(array['device', 'patient', 'device_activity', 'patient_activity'])`,
    );
    for (const { name } of rows) {
      await this.app.admin.query(`alter table ${name} alter column customer_id set (n_distinct = ${count})`);
      await this.app.admin.query(`vacuum analyze ${name}`);
    }
  }

  /** An API key for a customer without a demo key. */
  async keyOf(customerId: number): Promise<{ key: string }> {
    const key = generateApiKey();
    await this.app.admin.query(
      `insert into api_key (customer_id, name, role, secret_hash) values ($1, 'plans', 'MEMBER', $2)`,
      [customerId, hashApiKey(key)],
    );
    return { key };
  }

  /** Plans of the statements with this name that an operation sends. There must be at least one. */
  async explained(caller: CallerName | { key: string }, query: string, name: string): Promise<Explained[]> {
    const sent = await this.app.statementsOf(() => this.app.data(caller, query));
    const named = sent.filter(({ text }) => text.startsWith(`/* ${name} */`));
    expect(named.length).toBeGreaterThan(0);
    const plans: Explained[] = [];
    for (const statement of named) plans.push(...(await this.explainAll(statement)));
    return plans;
  }

  /**
   * Plans of the statement of the gateway's own work with this name, in a transaction after the one that sets how it is planned. What
   * `work` does is rolled back.
   */
  async explainedAlone(work: (tx: Tx) => Promise<unknown>, name: string, settings: string): Promise<Explained[]> {
    const sent: LoggedStatement[] = [];
    const database = new Database({
      url: this.app.database.url,
      poolSize: 1,
      statementTimeoutMs: 60_000,
      observe: (scope, text, values) => void sent.push({ scope, text, values: [...values] }),
    });
    const undone = new Error('undone');
    await database
      .transact(SYSTEM_SCOPE, async (tx) => {
        await work(tx);
        throw undone;
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      })
      .finally(() => database.close());
    const [before, statement] = [settings, name].map((one) => sent.find(({ text }) => text.startsWith(`/* ${one} */`)));
    return this.explainAll(statement!, [before!]);
  }

  /** Explains with a custom plan and, for a prepared statement, also with the generic plan, which must be good too. */
  async explainAll(statement: LoggedStatement, before: readonly LoggedStatement[] = []): Promise<Explained[]> {
    const modes: PlanMode[] = ['force_custom_plan'];
    if (this.preparedNames.get(statement.text) !== undefined) modes.push('force_generic_plan');
    const plans: Explained[] = [];
    for (const mode of modes)
      plans.push(read(statement, mode, await explain(this.client, statement, mode, before), this.emptyPartitions));
    return plans;
  }
}

function read(
  { text }: LoggedStatement,
  mode: PlanMode,
  plan: PlanNode,
  emptyPartitions: ReadonlySet<string>,
): Explained {
  const nodes = nodesOf(plan);
  const partitions: Record<string, number> = {};
  const indexes = new Set<string>();
  let rows = 0;
  for (const node of nodes) {
    const partition = partitionOf(node);
    if (partition === undefined) continue;
    rows += node['Actual Loops'] * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0));
    if (node['Actual Loops'] > 0) partitions[partition] = (partitions[partition] ?? 0) + node['Actual Loops'];
    if (emptyPartitions.has(partition)) continue;
    const indexName = nodesOf(node).find((one) => one['Index Name'] !== undefined)?.['Index Name'];
    indexes.add(indexName?.slice(partition.length + 1) ?? node['Node Type']);
  }
  return {
    shown: `${text}\n${mode}\n${outline(plan)}`,
    pages: pagesOf(plan),
    rows,
    scannedTables: nodes
      .filter((node) => node['Node Type'] === 'Seq Scan' && BIG_TABLES.test(node['Relation Name']!))
      .map((node) => node['Relation Name']!),
    partitions,
    indexes: [...indexes].sort(),
  };
}

/** Partition that a node reads, if any. */
function partitionOf(node: PlanNode): string | undefined {
  const relation = node['Relation Name'];
  return relation !== undefined && /^reading_/.test(relation) && node['Node Type'].includes('Scan')
    ? relation
    : undefined;
}
