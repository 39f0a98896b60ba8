/** A metric as a strict reader of the text format 0.0.4 of Prometheus sees it. */
export interface MetricFamily {
  readonly type: string;
  readonly help: string;
  /** Values by name and labels, e.g. `x_total{code="A",kind="b"}`: labels in alphabetical order. */
  readonly samples: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const SUFFIXES: Record<string, readonly string[]> = { histogram: ['_bucket', '_sum', '_count'] };

/** @throws Error for anything that the format does not allow */
export function parseMetrics(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('The last line has no newline.');
  const families = new Map<string, MetricFamily>();
  let help: RegExpExecArray | null = null;
  let current: [string, MetricFamily] | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (type) {
      if (help?.[1] !== type[1] || families.has(type[1]!)) throw new Error(`Out of order: ${line}`);
      current = [type[1]!, { type: type[2]!, help: help![2]!, samples: new Map() }];
      families.set(...current);
    } else if (HELP.test(line)) help = HELP.exec(line);
    else if (sample && current && !line.startsWith('#')) addSample(...current, sample);
    else throw new Error(`Not the text format: ${line}`);
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family.samples);
  return families;
}

function addSample(family: string, { type, samples }: MetricFamily, [line, name, labels = '', value]: string[]): void {
  if (!(SUFFIXES[type] ?? ['']).some((suffix) => name === family + suffix))
    throw new Error(`Not of ${family}: ${line}`);
  const key = `${name}${shown(labelsOf(labels))}`;
  const number = value === '+Inf' ? Infinity : Number(value);
  // Prometheus reads it in any case.
  const isNumber = !Number.isNaN(number) || /^nan$/i.test(value!);
  if (!isNumber || samples.has(key)) throw new Error(`Not a value, or a second one: ${line}`);
  samples.set(key, number);
}

function labelsOf(text: string): [string, string][] {
  const labels: [string, string][] = [];
  for (let rest = text; rest !== '';) {
    const match = LABEL.exec(rest);
    if (!match) throw new Error(`Not labels: ${text}`);
    labels.push([match[1]!, match[2]!]);
    rest = rest.slice(match[0].length);
  }
  return labels.sort(([one], [other]) => one.localeCompare(other));
}

const shown = (labels: readonly [string, string][]): string =>
  labels.length === 0 ? '' : `{${labels.map(([name, value]) => `${name}="${value}"`).join(',')}}`;

/** The buckets of each series are cumulative, and the last one is the count. */
function checkHistogram(name: string, samples: ReadonlyMap<string, number>): void {
  const last = new Map<string, number>();
  for (const [key, value] of samples) {
    if (!key.startsWith(`${name}_bucket`)) continue;
    const series = key
      .slice(`${name}_bucket`.length)
      .replace(/,?le="[^"]*"/, '')
      .replace('{,', '{')
      .replace('{}', '');
    if (value < (last.get(series) ?? 0)) throw new Error(`Not cumulative: ${key}`);
    last.set(series, value);
    if (key.includes('le="+Inf"') && samples.get(`${name}_count${series}`) !== value)
      throw new Error(`The count is not the last bucket: ${key}`);
  }
}
