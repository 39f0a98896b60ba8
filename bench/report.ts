import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** Rates of a contender in one case, by round. */
export interface Measured {
  /** Query, or sort of call. */
  what: string;
  /** Of the table. */
  title: string;
  contender: string;
  connections: number;
  statements?: number;
  rates: number[];
}

export interface Report {
  /** Which part of the documents it fills. */
  name: string;
  command: string;
  results: Measured[];
  /** In MB, by contender. */
  memory?: Record<string, number>;
  /** Contender that the others are compared with. */
  baseline: string;
  /** Why contenders are missing. */
  notes?: string[];
}

const FOLDER = 'artifacts';
const DOCUMENT = 'docs/performance.md';

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Rates of one contender relative to another, round by round, since a disturbance affects a whole round. */
export function ratios(one: Measured, baseline: Measured): { median: number; min: number; max: number } {
  const each = one.rates.map((rate, round) => rate / baseline.rates[round]!);
  return { median: median(each), min: Math.min(...each), max: Math.max(...each) };
}

function ratioText(one: Measured, baseline: Measured): string {
  const { median, min, max } = ratios(one, baseline);
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

const rateText = ({ rates }: Measured) => Math.round(median(rates)).toLocaleString('en-US');

/** Lines for the console about one case. */
export function summarize(results: readonly Measured[], baseline: string): string {
  const base = results.find(({ contender }) => contender === baseline);
  const lines = results.map((one) =>
    [
      `  ${one.contender.padEnd(28)}`,
      rateText(one).padStart(9),
      (base ? ratioText(one, base) : '').padEnd(20),
      one.statements === undefined ? '' : `${Number(one.statements.toFixed(1))} statements`,
    ].join('  '),
  );
  const { title, connections } = results[0]!;
  return `\n${title}, ${connections} at a time: per second, ratio to "${baseline}" (min to max)\n${lines.join('\n')}`;
}

/** Writes the results as JSON, as a table and as a chart. @param toDocuments also into docs/performance.md */
export async function writeReport(report: Report, toDocuments: boolean): Promise<void> {
  const machine = `${cpus().length} × ${cpus()[0]!.model}, Node.js ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  const table = `${tables(report)}\n\n${[...(report.notes ?? []), `Measured on ${date} on ${machine}, by \`${report.command}\`.`].join(' ')}\n`;
  const chart = chartOf(report);
  await mkdir(FOLDER, { recursive: true });
  const base = join(FOLDER, `bench-${report.name}`);
  await writeFile(`${base}.json`, `${JSON.stringify({ machine, date, ...report }, null, 1)}\n`);
  await writeFile(`${base}.md`, table);
  await writeFile(`${base}.svg`, chart);
  console.log(`\nmemory in MB: ${JSON.stringify(report.memory ?? {})}\nwritten: ${base}.json, .md, .svg`);
  if (!toDocuments) return;
  const text = await readFile(DOCUMENT, 'utf8');
  const [begin, end] = [`<!-- bench:${report.name} -->`, `<!-- /bench:${report.name} -->`];
  const [before, rest] = text.split(begin) as [string, string?];
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${DOCUMENT} has no ${begin} … ${end}.`);
  await writeFile(DOCUMENT, `${before}${begin}\n\n${table}\n${end}${after}`);
  await writeFile(`docs/performance-${report.name}.svg`, chart);
}

const distinct = <T>(values: readonly T[]) => [...new Set(values)];

/** Columns are padded as Prettier does it. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = rows;
  return [line(head!), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}

function tables({ results, baseline, memory }: Report): string {
  const contenders = distinct(results.map(({ contender }) => contender));
  const others = contenders.filter((name) => name !== baseline);
  const cases = distinct(results.map(({ what, connections }) => `${what} ${connections}`)).map((key) =>
    results.filter(({ what, connections }) => `${what} ${connections}` === key),
  );
  const of = (measured: readonly Measured[], name: string) => measured.find(({ contender }) => contender === name);
  const rates = cases.map((measured) => {
    const base = of(measured, baseline);
    const { title, connections } = measured[0]!;
    return [
      title,
      String(connections),
      base ? rateText(base) : '–',
      ...others.map((name) => {
        const one = of(measured, name);
        return one && base ? ratioText(one, base) : '–';
      }),
    ];
  });
  const all = [markdown([['', 'at a time', `${baseline}, per second`, ...others], ...rates])];
  const counted = distinct(results.map(({ what }) => what)).flatMap((what) => {
    const measured = results.filter((one) => one.what === what && one.statements !== undefined);
    if (measured.length === 0) return [];
    const cell = (name: string) => of(measured, name)?.statements?.toFixed(1).replace('.0', '') ?? '–';
    return [[measured[0]!.title, ...contenders.map(cell)]];
  });
  if (counted.length > 0 && memory) {
    const used = contenders.map((name) => String(memory[name] ?? '–'));
    all.push(markdown([['statements per operation', ...contenders], ...counted, ['memory, MB', ...used]]));
  }
  return all.join('\n\n');
}

const HUES = ['#2f6fbb', '#7a7a7a', '#c2703d', '#5f9e6e', '#8a63a8'];

/** Ratios to the baseline as bars, at the number of connections in the middle. */
function chartOf({ results, baseline }: Report): string {
  const levels = distinct(results.map(({ connections }) => connections));
  const level = levels[Math.floor((levels.length - 1) / 2)]!;
  const shown = results.filter(({ connections }) => connections === level);
  const names = distinct(shown.map(({ contender }) => contender)).filter((name) => name !== baseline);
  const [left, width, bar, gap] = [330, 380, 11, 12];
  const parts: string[] = [];
  let y = 46;
  names.forEach((name, index) => {
    const x = 10 + index * 175;
    parts.push(`<rect x="${x}" y="24" width="10" height="10" fill="${HUES[index % HUES.length]}"/>`);
    parts.push(`<text x="${x + 15}" y="33">${name}</text>`);
  });
  for (const what of distinct(shown.map((one) => one.what))) {
    const measured = shown.filter((one) => one.what === what);
    const base = measured.find(({ contender }) => contender === baseline);
    parts.push(
      `<text x="${left - 8}" y="${y + (bar * names.length) / 2 + 4}" text-anchor="end">${measured[0]!.title}</text>`,
    );
    names.forEach((name, index) => {
      const one = measured.find(({ contender }) => contender === name);
      const top = y + index * bar;
      const value = one && base ? ratios(one, base).median : undefined;
      const length = Math.min(1.1, value ?? 0) * (width / 1.1);
      parts.push(
        `<rect x="${left}" y="${top}" width="${length.toFixed(1)}" height="${bar - 2}" fill="${HUES[index % HUES.length]}"/>`,
      );
      parts.push(
        `<text x="${(left + length + 4).toFixed(1)}" y="${top + bar - 2}" font-size="9">${value?.toFixed(2) ?? '–'}</text>`,
      );
    });
    y += bar * names.length + gap;
  }
  const one = left + width / 1.1;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="${y}" font-family="sans-serif" font-size="11">`,
    `<rect width="760" height="${y}" fill="#fff"/>`,
    `<text x="10" y="14">Rates relative to ${baseline} (= 1), ${level} at a time</text>`,
    `<line x1="${one}" y1="40" x2="${one}" y2="${y - 6}" stroke="#999" stroke-dasharray="3 3"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
