import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** Rates of a contender in one case, by round. */
export interface Measured {
  what: string;
  contender: string;
  connections: number;
  statements?: number;
  rates: number[];
}

export interface Report {
  options: Record<string, unknown>;
  results: Measured[];
  /** In MB, by contender. */
  memory: Record<string, number>;
  /** Contender that the others are compared with. */
  baseline: string;
}

const FOLDER = 'artifacts';

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Rates of one contender relative to another, round by round. */
export function ratios(one: Measured, baseline: Measured): { median: number; min: number; max: number } {
  const each = one.rates.map((rate, round) => rate / baseline.rates[round]!);
  return { median: median(each), min: Math.min(...each), max: Math.max(...each) };
}

const baselineOf = (one: Measured, { results, baseline }: Pick<Report, 'results' | 'baseline'>) =>
  results.find(
    ({ what, connections, contender }) =>
      what === one.what && connections === one.connections && contender === baseline,
  );

/** Lines for the console. */
export function summarize(results: Measured[], baseline: string): string {
  const [{ what, connections }] = results as [Measured];
  const lines = results.map((one) => {
    const base = baselineOf(one, { results, baseline });
    const ratio = base && ratios(one, base);
    const cells = [
      one.contender.padEnd(16),
      median(one.rates).toFixed(0).padStart(8),
      ratio ? `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})` : '',
      one.statements === undefined ? '' : `${Number(one.statements.toFixed(1))} statements`,
    ];
    return `  ${cells.join('  ')}`;
  });
  return `${what}, ${connections} connections: per second, ratio to ${baseline} (min to max)\n${lines.join('\n')}`;
}

export async function writeReport(name: string, report: Report): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const machine = `${cpus().length} × ${cpus()[0]!.model}, Node.js ${process.version}`;
  const path = join(FOLDER, `bench-${name}.json`);
  await writeFile(path, `${JSON.stringify({ machine, date: new Date().toISOString(), ...report }, null, 1)}\n`);
  console.log(`memory in MB: ${JSON.stringify(report.memory)}\n${path}`);
}
