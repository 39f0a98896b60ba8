/** The log lines of a fault, without the line of its operation, which lists the ids of its faults in `errorIds`. */
export function faultLines(log: string, errorId: string): Record<string, unknown>[] {
  return log
    .split('\n')
    .filter((line) => line.includes(errorId))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ errorIds }) => errorIds === undefined);
}
