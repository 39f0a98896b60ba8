import { CommanderError, InvalidArgumentError, type Command } from 'commander';
import { Interruption } from '../platform/base/interruption';
import { surviveOutputFailures } from '../platform/base/output';

/** An expected failure. Reported as one sentence, without a stack. */
export class CommandError extends Error {}

/**
 * Sets the exit code of the process to the result of `main`. An unexpected error is printed with its stack. Output that cannot be
 * written, e.g. to `| head -1`, does not end the program.
 *
 * @param onOutputFailure called when standard output cannot be written
 */
export function runProgram(main: () => Promise<number>, explain = stackOf, onOutputFailure?: () => void): void {
  surviveOutputFailures(onOutputFailure);
  main().then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      if (!(error instanceof Interruption)) process.stderr.write(`error: ${explain(error)}\n`);
      process.exitCode = error instanceof Interruption ? error.exitCode : 1;
    },
  );
}

/**
 * Parses the arguments and runs the command.
 *
 * @param program must use `exitOverride`
 * @param err prints a line of error output
 * @param usageExitCode exit code for invalid arguments
 * @returns the exit code: 0, 1 after a CommandError, `usageExitCode` for invalid arguments
 * @throws unexpected errors
 */
export async function runCommand(
  program: Command,
  args: readonly string[],
  err: (text: string) => void,
  usageExitCode = 2,
): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    if (!(error instanceof CommandError)) throw error;
    err(`error: ${error.message}`);
    return 1;
  }
}

/** Parser for the value of an option. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    if (!/^[0-9]{1,9}$/.test(text) || Number(text) < min || Number(text) > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return Number(text);
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
