import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { runCommand, wholeNumber } from '../command-line';
import type { ImportConfig } from './import-config';
import { ImportDisplay, type ImportOutput } from './import-display';
import { ImportError, Interruption, systemCode } from './import-error';
import { ImportRun, type ImportOptions } from './import-run';

const MAX_BATCH_SIZE = 1_000;
const MAX_CONCURRENCY = 16;
const GO_ON = 'Give the same command again to go on from there.';

/** What the command needs from the process. */
export interface ImportCommandEnvironment extends Pick<ImportOptions, 'clock' | 'interrupted' | 'retry' | 'contract'> {
  /**
   * @param url as the user gave it; goes before that of the environment
   * @throws ImportError when something is missing or not right
   */
  loadConfig: (url: string | undefined) => ImportConfig;
  out: ImportOutput;
  /** What went wrong, a line. */
  err: (text: string) => void;
}

interface CommandOptions extends Pick<ImportOptions, 'batchSize' | 'concurrency' | 'restart'> {
  url?: string;
}

/**
 * Runs `npm run import-readings`.
 *
 * @returns the exit code: 0 when every line is recorded, now or before; 1 when it was not understood or could not go on; 2 when it
 *   is finished and lines were refused or in conflict; 130 or 143 when SIGINT or SIGTERM ended it
 * @throws faults of this program
 */
export async function runImportCommand(
  args: readonly string[],
  environment: ImportCommandEnvironment,
): Promise<number> {
  let exitCode = 0;
  const program = createProgram(environment, async (path, options) => {
    exitCode = await runImport(path, options, environment).catch(rejectFault);
  });
  return (await runCommand(program, args, environment.err, 1)) || exitCode;
}

/** What the system refuses, e.g. to write on a full disk, is no fault of this program. */
function rejectFault(error: unknown): never {
  throw systemCode(error) === undefined ? error : new ImportError((error as Error).message);
}

function createProgram(
  { out, err }: ImportCommandEnvironment,
  action: (path: string, options: CommandOptions) => Promise<void>,
): Command {
  return new Command('npm run import-readings --')
    .description('Records the readings of a file over the API of a gateway. The key is read from API_KEY.')
    .argument('<file>', '.csv with a header, or .ndjson with a ReadingInput of the API on each line')
    .option('--url <url>', 'where the gateway answers GraphQL; GATEWAY_URL, else http://127.0.0.1:4000/graphql')
    .option('--batch-size <lines>', 'lines in a call', wholeNumber(1, MAX_BATCH_SIZE), MAX_BATCH_SIZE)
    .option('--concurrency <calls>', 'calls under way at a time', wholeNumber(1, MAX_CONCURRENCY), 2)
    .option('--restart', 'from the beginning, also when an earlier import of the file was not finished', false)
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
    out.write(`Going on with ${name} at line ${journal.progress.done.line}: ${linesDone()} done before.\n`);
  try {
    await run.finish();
  } catch (error) {
    const isStopped = error instanceof Interruption;
    out.write(`${isStopped ? 'Stopped: ' : ''}${linesDone()} of ${name} done. ${GO_ON}\n`);
    if (!isStopped) throw error;
    return error.signal === 'SIGINT' ? 130 : 143;
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
    ...(refusedPath === undefined ? [] : [`Lines that were refused or in conflict, with reasons: ${refusedPath}`]),
    '',
  ].join('\n');
}

function shownLines(count: number): string {
  return `${shownNumber(count)} ${count === 1 ? 'line' : 'lines'}`;
}

function shownNumber(count: number): string {
  return count.toLocaleString('en-US');
}
