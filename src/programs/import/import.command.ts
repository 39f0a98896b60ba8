import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { IANAZone } from 'luxon';
import { Interruption } from '../../platform/base/interruption';
import { runCommand, wholeNumber } from '../command-line';
import type { CellOptions } from './cell-value';
import { parseColumns, parseConstant } from './column-options';
import { dryRun } from './dry-run';
import type { FileOptions } from './entry-file';
import type { ImportConfig } from './import-config';
import { ImportDisplay, type ImportOutput } from './import-display';
import { AllAlike, ImportError, systemCode, WrongTarget } from './import-error';
import type { ImportKind } from './import-kind';
import { withImportLock } from './import-lock';
import { ImportRun, type ImportOptions } from './import-run';
import { KINDS } from './kinds';
import { parseLimits, type MeterLimits } from './meter-limit';
import { parseDateFormat } from './time-cell';
import { shownLines, shownNumber } from './shown';

const MAX_CONCURRENCY = 16;
const RESUME_HINT = 'Run the same command again to resume.';

export interface ImportCommandEnvironment extends Pick<ImportOptions, 'clock' | 'interrupted' | 'retry' | 'schema'> {
  /**
   * @param url value of --url; overrides the environment
   * @throws ImportError when a variable is missing or invalid
   */
  loadConfig: (url: string | undefined) => ImportConfig;
  /** Base of relative paths. */
  workingFolder: string;
  out: ImportOutput;
  /** Prints a line of error output. */
  err: (text: string) => void;
}

interface CommandOptions extends Pick<ImportOptions, 'batchSize' | 'concurrency' | 'restart'> {
  url?: string;
  columns?: ReadonlyMap<string, string>;
  set?: ReadonlyMap<string, string>;
  units?: readonly string[];
  zone?: string;
  dateFormat?: string;
  glucoseLimits?: MeterLimits;
  dryRun: boolean;
}

/**
 * Runs `npm run import`.
 *
 * @returns the exit code: 0 when every line is imported; 1 for invalid arguments, or when the import cannot continue; 2 when it
 *   finished and some lines were refused or in conflict; 129, 130 or 143 when it was stopped by a signal
 * @throws unexpected errors
 */
export async function runImportCommand(
  args: readonly string[],
  environment: ImportCommandEnvironment,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram(environment, async (kind, path, options) => {
    exitCode = await runKind(kind, path, options, environment).catch(explainSystemError);
  });
  return (await runCommand(program, args, environment.err, 1)) || exitCode;
}

/** A system error, e.g. a full disk, is reported without a stack. */
function explainSystemError(error: unknown): never {
  throw systemCode(error) === undefined ? error : new ImportError((error as Error).message);
}

type Action = (kind: ImportKind, path: string, options: CommandOptions) => Promise<void>;

function createProgram({ out, err }: ImportCommandEnvironment, action: Action): Command {
  const program = new Command('npm run import --')
    .description('Import a file through the API of a gateway. The API key is read from the variable API_KEY.')
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err(text.trimEnd()) })
    .exitOverride();
  for (const kind of KINDS) addKind(program, kind, action);
  return program;
}

const CELL_OPTIONS: Record<keyof CellOptions, (command: Command) => Command> = {
  units: (command) =>
    command.option('--units <units>', 'units of the measurements, like "mmol/L, kg, °C"', (text) =>
      text.split(',').map((unit) => unit.trim()),
    ),
  zone: (command) =>
    command.option('--zone <zone>', 'time zone of times without a UTC offset, like America/Chicago', parseZone),
  dateFormat: (command) =>
    command.option(
      '--date-format <format>',
      'how dates are written, like "MM/dd/yyyy", "d.M.yyyy HH:mm" or "MMM d, yyyy"; default: ISO 8601',
      parseFormat,
    ),
  glucoseLimits: (command) =>
    command.option(
      '--glucose-limits <range>',
      'what the glucose meter shows at least and at most, like 20-600 or 1.1-33.3: the values of LO and HI',
      parseGlucoseLimits,
    ),
};

function parseGlucoseLimits(text: string): MeterLimits {
  const limits = parseLimits(text);
  if (!limits) throw new InvalidArgumentError('It must be a range, like 20-600 or 1.1-33.3.');
  return limits;
}

function parseZone(text: string): string {
  if (!/^(UTC|GMT|\w+\/.+)$/.test(text) || !IANAZone.isValidZone(text))
    throw new InvalidArgumentError('It must be an IANA time zone, like America/Chicago.');
  return text;
}

function parseFormat(text: string): string {
  const parsed = parseDateFormat(text);
  if ('fault' in parsed) throw new InvalidArgumentError(parsed.fault);
  return parsed.format;
}

function addKind(program: Command, kind: ImportKind, action: Action): void {
  const { name, entryType, maxBatchSize, names } = kind;
  const named = names.length > 0 ? ` Columns of names: ${names.map(({ column }) => column).join(', ')}.` : '';
  const command = program
    .command(name)
    .summary(kind.description)
    .description(`${kind.description} through the API of a gateway. The API key is read from the variable API_KEY.`)
    .argument('<file>', `.csv or .tsv with a header, or .ndjson with one ${entryType} of the API per line.${named}`)
    .option('--url <url>', 'GraphQL endpoint of the gateway (default: GATEWAY_URL, or http://127.0.0.1:4000/graphql)')
    .option(
      '--columns <pairs>',
      'columns of the file and what they are, like "Serial No=serial,Clinic=site"; the other columns of the file are ignored',
      parseColumns,
    )
    .option(
      '--set <column=value>',
      'value of a column on all lines, like "site=Main Campus"; may be repeated',
      parseConstant,
    )
    .action((path: string, options: CommandOptions) => action(kind, path, options));
  for (const option of kind.cellOptions) CELL_OPTIONS[option](command);
  command
    .option('--dry-run', 'read the whole file and say what would be refused; send and write nothing', false)
    .option('--batch-size <lines>', 'lines per call', wholeNumber(1, maxBatchSize), maxBatchSize)
    .option('--concurrency <calls>', 'calls in flight at the same time', wholeNumber(1, MAX_CONCURRENCY), 2)
    .option('--restart', 'start from the beginning, even if there is an unfinished import of the file', false);
}

async function runKind(
  kind: ImportKind,
  path: string,
  options: CommandOptions,
  environment: ImportCommandEnvironment,
): Promise<number> {
  const file: FileOptions = {
    kind,
    path: resolve(environment.workingFolder, path),
    mapping: { columns: options.columns ?? new Map(), constants: options.set ?? new Map(), cells: options },
    schema: environment.schema,
  };
  if (!options.dryRun)
    return withImportLock(file.path, (lost) => {
      const interrupted = AbortSignal.any([environment.interrupted, lost]);
      return runImport(file, options, { ...environment, interrupted });
    });
  const { report, hasRefused } = await dryRun(basename(path), file);
  environment.out.write(report);
  return hasRefused ? 2 : 0;
}

async function runImport(
  file: FileOptions,
  options: CommandOptions,
  environment: ImportCommandEnvironment,
): Promise<number> {
  const { gatewayUrl, apiKey } = environment.loadConfig(options.url);
  const { clock, out } = environment;
  const display = new ImportDisplay(out, clock);
  const run = await ImportRun.open({ ...environment, ...options, ...file, url: gatewayUrl, apiKey, display });
  const { journal } = run;
  const name = basename(file.path);
  const linesDone = () => shownLines(journal.progress.counts.lines);
  const { ignoredColumns } = run.file;
  if (ignoredColumns.length > 0) out.write(`Ignored columns: ${ignoredColumns.join(', ')}\n`);
  if (journal.isResumed)
    out.write(`Resuming ${name} at line ${journal.progress.done.line}: ${linesDone()} done before.\n`);
  try {
    await run.finish();
  } catch (error) {
    const isStopped = error instanceof Interruption;
    if (!(error instanceof AllAlike || error instanceof WrongTarget))
      out.write(`${isStopped ? 'Stopped. ' : ''}${linesDone()} of ${name} done. ${RESUME_HINT}\n`);
    if (!isStopped) throw error;
    return error.exitCode;
  }
  out.write(summaryOf(name, file.kind, run));
  return run.refusedPath === undefined ? 0 : 2;
}

function summaryOf(name: string, kind: ImportKind, { journal, refusedPath }: ImportRun): string {
  const { counts, attributions, seconds } = journal.progress;
  const { lines, recorded, empty, ...others } = counts;
  const outcomes = { [kind.done]: recorded, ...others, ...(empty > 0 ? { empty } : {}) };
  const rate = seconds === 0 ? lines : lines / seconds;
  return [
    `Imported ${name}: ${shownLines(lines)} in ${seconds.toFixed(1)} s, ${shownNumber(Math.round(rate))} ${kind.name}/s.`,
    ...Object.entries(outcomes).map(([what, count]) => `  ${what.padEnd(10)} ${shownNumber(count)}`),
    ...(refusedPath === undefined ? [] : [`Refused and conflicting lines, with reasons: ${refusedPath}`]),
    ...(kind.attributionSummary?.(attributions) ?? []),
    '',
  ].join('\n');
}
