import { Client } from 'pg';
import { generateApiKey, hashApiKey } from '../../../src/platform/access/access.service';
import { TestApp, type CallerName, type LoggedStatement } from '../../support/test-app';
import { explain, nodesOf, outline, pagesOf, type PlanMode, type PlanNode } from '../../db/explain';
import { watchPreparedNames } from './prepared-names.harness';
import { fillWithReadings } from './reading-plans.data';

/** Tables that grow with the platform; each partition of readings is one of them, also while it is empty. */
const BIG_TABLES =
  /^(reading(_\w+)?|device|patient|device_activity|patient_activity|device_association|device_identifier)$/;

/** A statement as it was planned and run, with what tells whether it is a good plan. */
export interface Explained {
  /** The statement and its plan, to show in failures. */
  shown: string;
  pages: number;
  /** Big tables that are read from end to end. */
  scannedTables: string[];
  /** How often each partition of readings was read. */
  partitions: Record<string, number>;
  /** The indexes of readings that the plan would go by, also where it had no need to; without the partition's name. */
  indexes: string[];
}

/** A gateway on a database with two years of readings, and the plans of what it sends. */
export class ExplainedGateway {
  private readonly preparedNames = watchPreparedNames();

  private constructor(
    readonly app: TestApp,
    private readonly client: Client,
  ) {}

  static async start(): Promise<ExplainedGateway> {
    const app = await TestApp.start({ template: 'empty' });
    await fillWithReadings(app.admin);
    const client = new Client({ connectionString: app.database.url });
    await client.connect();
    return new ExplainedGateway(app, client);
  }

  async stop(): Promise<void> {
    jest.restoreAllMocks();
    await this.client.end();
    await this.app.stop();
  }

  /** Lets PostgreSQL plan as for a platform with so many customers: the more, the fewer rows it expects of each. */
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

  /** A key for a customer that has no demo key. */
  async keyOf(customerId: number): Promise<{ key: string }> {
    const key = generateApiKey();
    await this.app.admin.query(
      `insert into api_key (customer_id, name, role, secret_hash) values ($1, 'plans', 'MEMBER', $2)`,
      [customerId, hashApiKey(key)],
    );
    return { key };
  }

  /** The statements of this name that an operation sends, one at least, each planned in every way that it may be planned. */
  async explained(caller: CallerName | { key: string }, query: string, name: string): Promise<Explained[]> {
    const sent = await this.app.statementsOf(() => this.app.data(caller, query));
    const named = sent.filter(({ text }) => text.startsWith(`/* ${name} */`));
    expect(named.length).toBeGreaterThan(0);
    const plans: Explained[] = [];
    for (const statement of named) plans.push(...(await this.explainAll(statement)));
    return plans;
  }

  /** A statement that is kept prepared may run by a plan for any values, so that one must be good too. */
  async explainAll(statement: LoggedStatement): Promise<Explained[]> {
    const modes: PlanMode[] = ['force_custom_plan'];
    if (this.preparedNames.get(statement.text) !== undefined) modes.push('force_generic_plan');
    const plans: Explained[] = [];
    for (const mode of modes) plans.push(read(statement, mode, await explain(this.client, statement, mode)));
    return plans;
  }
}

function read({ text }: LoggedStatement, mode: PlanMode, plan: PlanNode): Explained {
  const nodes = nodesOf(plan);
  const partitions: Record<string, number> = {};
  const indexes = new Set<string>();
  for (const node of nodes) {
    const partition = partitionOf(node);
    if (partition === undefined) continue;
    if (node['Actual Loops'] > 0) partitions[partition] = (partitions[partition] ?? 0) + node['Actual Loops'];
    const indexName = nodesOf(node).find((one) => one['Index Name'] !== undefined)?.['Index Name'];
    indexes.add(indexName?.slice(partition.length + 1) ?? node['Node Type']);
  }
  return {
    shown: `${text}\n${mode}\n${outline(plan)}`,
    pages: pagesOf(plan),
    scannedTables: nodes
      .filter((node) => node['Node Type'] === 'Seq Scan' && BIG_TABLES.test(node['Relation Name']!))
      .map((node) => node['Relation Name']!),
    partitions,
    indexes: [...indexes].sort(),
  };
}

/** The partition that a node reads, if it reads one. */
function partitionOf(node: PlanNode): string | undefined {
  const relation = node['Relation Name'];
  return relation !== undefined && /^reading_/.test(relation) && node['Node Type'].includes('Scan')
    ? relation
    : undefined;
}
