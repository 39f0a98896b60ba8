import { CommanderError, InvalidArgumentError, type Command } from 'commander';

/** A request that cannot be met as things are: said in one sentence, without a stack. */
export class CommandError extends Error {}

/** Ends the process with the exit code of `main`; a fault is shown with its stack. */
export function runProgram(main: () => Promise<number>, explain = stackOf): void {
  main().then(
    (exitCode) => {
      process.exitCode = exitCode;
    },
    (error: unknown) => {
      process.stderr.write(`error: ${explain(error)}\n`);
      process.exitCode = 1;
    },
  );
}

/**
 * Does what the arguments of a command say.
 *
 * @param program set to `exitOverride`
 * @param err writes a line about what went wrong
 * @returns the exit code: 0, 1 when it could not be done, `misunderstood` when it was not understood
 * @throws faults
 */
export async function runCommand(
  program: Command,
  args: readonly string[],
  err: (text: string) => void,
  misunderstood = 2,
): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misunderstood;
    if (!(error instanceof CommandError)) throw error;
    err(`error: ${error.message}`);
    return 1;
  }
}

/** Reads the value of an option. */
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
