import type { CatalogItem } from './catalog';
import { HOUR_MS } from './local-clock';
import type { Random } from './random';
import { DAY_MS } from './timeline';

/** How readings come from a device to the gateway: at once over a mobile network, or by the patient's phone. */
export class DeviceUpload {
  /** Still in its box, or never paired with a phone. */
  readonly neverSends: boolean;
  /** Which offset from UTC it sends: that of its place, that of a clock that was never set, or none. */
  private readonly clock: 'LOCAL' | 'UTC' | 'NONE';
  /** Without a network, e.g. on a journey: what is measured then arrives at the end of it. */
  private readonly offline: { fromMs: number; untilMs: number }[];

  constructor(
    item: CatalogItem,
    private readonly random: Random,
    endMs: number,
  ) {
    this.neverSends = random.chance(0.04);
    const choice = random.next();
    if (!item.cellular || choice < 0.4) this.clock = 'NONE';
    else this.clock = choice < 0.96 ? 'LOCAL' : 'UTC';
    const offlineDays = random.chance(item.cellular ? 0.1 : 0.35) ? random.between(0.5, item.cellular ? 2 : 7) : 0;
    const untilMs = endMs - random.between(1, 80) * DAY_MS;
    this.offline = [{ fromMs: untilMs - offlineDays * DAY_MS, untilMs }];
  }

  /** What it measured on the last days of its use is sent only when it is unpacked, if the gateway still takes it then. */
  keepLastReadings(leavesAtMs: number): void {
    const fromMs = leavesAtMs - this.random.between(1, 4) * DAY_MS;
    this.offline.push({ fromMs, untilMs: leavesAtMs + this.random.between(1, 12) * DAY_MS });
  }

  /** @param standardMs see LocalInstant */
  delayMs(standardMs: number): number {
    const usual = this.random.between(1.5, 55) * 1000;
    const late = this.random.chance(0.012) ? this.random.between(1, 60) * HOUR_MS : 0;
    const withheld = this.offline
      .filter(({ fromMs, untilMs }) => fromMs <= standardMs && standardMs < untilMs)
      .map(({ untilMs }) => untilMs - standardMs);
    return Math.floor(usual + Math.max(late, ...withheld));
  }

  /** @param offset of the place, seconds east of UTC */
  offsetSent(offset: number): number | null {
    if (this.clock === 'NONE') return null;
    return this.clock === 'LOCAL' ? offset : 0;
  }
}
