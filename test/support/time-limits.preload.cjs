/**
 * Loaded into a gateway's process before its own code. Replaces time limits of the gateway, so that a slow machine does not exceed
 * them, or that a test does not wait for them. The effect of a limit stays the same.
 *
 * TIME_LIMITS is JSON: original milliseconds, and their replacements.
 */
const limits = JSON.parse(process.env.TIME_LIMITS);
const changed = (ms) => limits[ms] ?? ms;

const { setTimeout } = globalThis;
globalThis.setTimeout = Object.assign((work, ms, ...args) => setTimeout(work, changed(ms), ...args), setTimeout);

const { timeout } = AbortSignal;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, changed(ms));
