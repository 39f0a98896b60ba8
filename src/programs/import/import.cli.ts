import { systemClock } from '../../platform/base/clock';
import { runProgram } from '../command-line';
import { loadImportConfig, workingFolder } from './import-config';
import { Interruption } from './import-error';
import { runImportCommand } from './import.command';

/** `npm run import`: a client of a gateway on this or another machine. Needs no database. */
async function main(): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second signal kills the process. The checkpoint is safe in that case too.
    process.once(signal, () => {
      process.stderr.write(`\n${signal}: waiting for calls in flight.\n`);
      interrupt.abort(new Interruption(signal));
    });
  }
  return runImportCommand(process.argv.slice(2), {
    loadConfig: loadImportConfig,
    workingFolder: workingFolder(),
    clock: systemClock,
    out: process.stdout,
    err: (text) => process.stderr.write(`${text}\n`),
    interrupted: interrupt.signal,
  });
}

runProgram(main);
