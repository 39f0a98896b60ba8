/** A log without output. */
export const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
