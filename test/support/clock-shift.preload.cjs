/**
 * Loaded into a gateway's process before its own code. Moves the clock of the machine, as this process sees it, by CLOCK_SHIFT_MS.
 * The monotonic time and timers stay as they are.
 */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RealDate = Date;

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
};
