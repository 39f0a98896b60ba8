import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { Interruption } from '../../platform/base/interruption';
import { runCommand, wholeNumber } from '../command-line';
import type { ImportConfig } from './import-config';
import { ImportDisplay, type ImportOutput } from './import-display';
import { ImportError, systemCode } from './import-error';
import { ImportRun, type ImportOptions } from './import-run';

const MAX_BATCH_SIZE = 1_000;
const MAX_CONCURRENCY = 16;
const RESUME_HINT = 'Run the same command again to resume.';

export interface ImportCommandEnvironment extends Pick<ImportOptions, 'clock' | 'interrupted' | 'retry' | 'contract'> {
  /**
   * @param url value of --url; overrides the environment
   * @throws ImportError when a variable is missing or invalid
   */
  loadConfig: (url: string | undefined) => ImportConfig;
  out: ImportOutput;
  /** Prints a line of error output. */
  err: (text: string) => void;
}

interface CommandOptions extends Pick<ImportOptions, 'batchSize' | 'concurrency' | 'restart'> {
  url?: string;
}

/**
 * Runs `npm run import-readings`.
 *
 * @returns the exit code: 0 when every line is recorded; 1 for invalid arguments, or when the import cannot continue; 2 when it
 *   finished and some lines were refused or in conflict; 130, 143 or 129 when it was stopped by SIGINT, SIGTERM or SIGHUP
 * @throws unexpected errors
 */
export async function runImportCommand(
  args: readonly string[],
  environment: ImportCommandEnvironment,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram(environment, async (path, options) => {
    exitCode = await runImport(path, options, environment).catch(explainSystemError);
  });
  return (await runCommand(program, args, environment.err, 1)) || exitCode;
}

/** A system error, e.g. a full disk, is reported without a stack. */
function explainSystemError(error: unknown): never {
  throw systemCode(error) === undefined ? error : new ImportError((error as Error).message);
}

function createProgram(
  { out, err }: ImportCommandEnvironment,
  action: (path: string, options: CommandOptions) => Promise<void>,
): Command {
  return new Command('npm run import-readings --')
    .description(
      'Record the readings of a file through the API of a gateway. The API key is read from the variable API_KEY.',
    )
    .argument('<file>', '.csv with a header, or .ndjson with one ReadingInput of the API per line')
    .option('--url <url>', 'GraphQL endpoint of the gateway (default: GATEWAY_URL, or http://127.0.0.1:4000/graphql)')
    .option('--batch-size <lines>', 'lines per call', wholeNumber(1, MAX_BATCH_SIZE), MAX_BATCH_SIZE)
    .option('--concurrency <calls>', 'calls in flight at the same time', wholeNumber(1, MAX_CONCURRENCY), 2)
    .option('--restart', 'start from the beginning, even if there is an unfinished import of the file', false)
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err(text.trimEnd()) })
    .exitOverride()
    .action(action);
}

async function runImport(
  path: string,
  options: CommandOptions,
  environment: ImportCommandEnvironment,
): Promise<number> {
  const { gatewayUrl, apiKey, workingFolder } = environment.loadConfig(options.url);
  const { clock, out } = environment;
  const run = await ImportRun.open({
    ...environment,
    ...options,
    path: resolve(workingFolder, path),
    url: gatewayUrl,
    apiKey,
    display: new ImportDisplay(out, clock),
  });
  const { journal } = run;
  const name = basename(path);
  const linesDone = () => shownLines(journal.progress.counts.lines);
  if (journal.isResumed)
    out.write(`Resuming ${name} at line ${journal.progress.done.line}: ${linesDone()} done before.\n`);
  try {
    await run.finish();
  } catch (error) {
    const isStopped = error instanceof Interruption;
    out.write(`${isStopped ? 'Stopped. ' : ''}${linesDone()} of ${name} done. ${RESUME_HINT}\n`);
    if (!isStopped) throw error;
    return error.exitCode;
  }
  out.write(summaryOf(name, run));
  return run.refusedPath === undefined ? 0 : 2;
}

function summaryOf(name: string, { journal, refusedPath }: ImportRun): string {
  const { counts, seconds } = journal.progress;
  const { lines, ...outcomes } = counts;
  const rate = seconds === 0 ? lines : lines / seconds;
  return [
    `Imported ${name}: ${shownLines(lines)} in ${seconds.toFixed(1)} s, ${shownNumber(Math.round(rate))} readings/s.`,
    ...Object.entries(outcomes).map(([what, count]) => `  ${what.padEnd(10)} ${shownNumber(count)}`),
    ...(refusedPath === undefined ? [] : [`Refused and conflicting lines, with reasons: ${refusedPath}`]),
    '',
  ].join('\n');
}

function shownLines(count: number): string {
  return `${shownNumber(count)} ${count === 1 ? 'line' : 'lines'}`;
}

function shownNumber(count: number): string {
  return count.toLocaleString('en-US');
}
