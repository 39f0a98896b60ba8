/**
 * Loaded into a gateway's process before its own code: gives time limits of the product another length, so that a slow machine does
 * not run into them, or that a test need not wait for them. What a limit does stays as it is.
 *
 * TIME_LIMITS is JSON: milliseconds as the product has them, and what they are to be.
 */
const limits = JSON.parse(process.env.TIME_LIMITS);
const changed = (ms) => limits[ms] ?? ms;

const { setTimeout } = globalThis;
globalThis.setTimeout = Object.assign((work, ms, ...args) => setTimeout(work, changed(ms), ...args), setTimeout);

const { timeout } = AbortSignal;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, changed(ms));
