import { systemClock } from '../../platform/base/clock';
import { untilStopSignal, type Interruption } from '../../platform/base/interruption';
import { runProgram } from '../command-line';
import { loadImportConfig, workingFolder } from './import-config';
import { runImportCommand } from './import.command';

/** `npm run import`: a client of a gateway on this or another machine. Needs no database. */
async function main(): Promise<number> {
  // A second signal kills the process. The checkpoint is safe in that case too.
  const interrupted = untilStopSignal('kill');
  interrupted.addEventListener('abort', () => {
    process.stderr.write(`\n${(interrupted.reason as Interruption).signal}: waiting for calls in flight.\n`);
  });
  return runImportCommand(process.argv.slice(2), {
    loadConfig: loadImportConfig,
    workingFolder: workingFolder(),
    clock: systemClock,
    out: process.stdout,
    err: (text) => process.stderr.write(`${text}\n`),
    interrupted,
  });
}

runProgram(main);
