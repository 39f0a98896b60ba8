import type { Client } from 'pg';
import { DATABASE_ROLES } from '../../src/platform/db/scope';
import { eventually } from '../support/eventually';
import type { LoggedStatement } from '../support/test-app';

export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** Whether PostgreSQL plans for the actual values or once for all values. */
export type PlanMode = 'force_custom_plan' | 'force_generic_plan';

/**
 * Runs a statement of the gateway again, in its role and for its customer. Returns the plan with actual costs.
 *
 * @param before statements that are run first, such as those that set how the transaction is planned
 */
export async function explain(
  client: Client,
  { scope, text, values }: LoggedStatement,
  mode: PlanMode,
  before: readonly Pick<LoggedStatement, 'text' | 'values'>[] = [],
): Promise<PlanNode> {
  await client.query('begin');
  try {
    await client.query(`set local role ${DATABASE_ROLES[scope.kind]}`);
    if (scope.kind === 'customer')
      await client.query(`select set_config('app.customer_id', $1, true)`, [scope.customerId]);
    for (const first of before) await client.query(first.text, [...first.values]);
    await client.query(`set local plan_cache_mode = ${mode}`);
    await client.query(`prepare explained as ${text}`);
    const given = values.length > 0 ? `(${values.map((value) => literal(client, value as Value)).join(', ')})` : '';
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, buffers, timing off, format json) execute explained ${given}`,
    );
    return rows[0]!['QUERY PLAN'][0].Plan;
  } finally {
    await client.query('rollback');
    await client.query('deallocate all');
  }
}

type Value = string | number | boolean | Date | null | Value[];

function literal(client: Client, value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return client.escapeLiteral(`{${value.map((one) => JSON.stringify(one)).join(',')}}`);
  return client.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}

/** The tables with rows, without empty partitions of readings and their parent table. */
const FILLED = `select oid, oid::regclass::text as name, relallvisible, pg_relation_size(oid) / 8192 as pages from pg_class
  where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0`;

/** Turns autovacuum off, so that every run has the same statistics. Call before filling a database. */
export async function stopAutovacuum(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  for (const { name } of rows) await client.query(`alter table ${name} set (autovacuum_enabled = off)`);
}

/**
 * Puts the tables into the state after autovacuum: with statistics, and all pages marked all-visible, for index-only scans. Repeated
 * while an older snapshot prevents a page from being marked.
 */
export async function vacuum(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(FILLED);
  await eventually(async () => {
    await client.query(`vacuum analyze ${rows.map(({ name }) => name).join(', ')}`);
    const { rows: unseen } = await client.query(`select from (${FILLED}) where relallvisible < pages`);
    return unseen.length === 0;
  });
}

export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** Number of 8 kB pages that the statement accessed, cached or not: a measure independent of the load of the machine. */
export function pagesOf(plan: PlanNode): number {
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

/** Rows of a table that the plan returned, and those that it read and dropped. */
export function rowsReadOf(table: string, plan: PlanNode): number {
  return nodesOf(plan)
    .filter((node) => node['Relation Name'] === table)
    .reduce(
      (sum, node) => sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    );
}

/** The plan with one line per node, for the message of a failed test. */
export function outline(plan: PlanNode, depth = 0): string {
  const line = [
    '  '.repeat(depth) + plan['Node Type'],
    plan['Relation Name'],
    plan['Index Name'],
    `rows ${plan['Actual Rows']} × ${plan['Actual Loops']}`,
  ];
  return [line.filter(Boolean).join(' '), ...(plan.Plans ?? []).map((child) => outline(child, depth + 1))].join('\n');
}
