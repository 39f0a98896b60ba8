import { DeviceStatus } from '../../features/device/device-status';
import type { DemoData, DeviceRow, StatusChangeRow } from './demo-rows';
import { HOUR_MS } from './local-clock';

/** From the one instant up to, not including, the other, in which a device had one status and one holder. */
export class Stay {
  constructor(
    readonly device: DeviceRow,
    readonly status: DeviceStatus,
    readonly patientId: number | null,
    readonly siteId: number | null,
    readonly fromMs: number,
    readonly untilMs: number,
  ) {}

  /** The part of it from then on. */
  since(ms: number): Stay {
    return new Stay(this.device, this.status, this.patientId, this.siteId, Math.max(this.fromMs, ms), this.untilMs);
  }

  get isEmpty(): boolean {
    return this.untilMs <= this.fromMs;
  }

  /** An hour's distance to the beginning, so that daylight saving never moves a reading out of the stay. */
  includes(standardMs: number): boolean {
    return this.fromMs <= standardMs - HOUR_MS && standardMs < this.untilMs;
  }

  /** Whether daylight saving or not, the instant may lie in the stay. */
  touches(standardMs: number): boolean {
    return this.fromMs <= standardMs && standardMs - HOUR_MS < this.untilMs;
  }
}

/** What each device went through, up to the end of the demo data, by its history. */
export function staysByDevice(data: DemoData, endMs: number): Map<DeviceRow, Stay[]> {
  const histories = new Map<number, StatusChangeRow[]>(data.device.map(({ id }) => [id, []]));
  for (const change of data.device_status_change) histories.get(change.device_id)!.push(change);
  return new Map(
    data.device.map((device) => {
      const history = histories.get(device.id)!;
      const stays = history.map(({ status, patient_id, site_id, changed_at }, index) => {
        const untilMs = history[index + 1]?.changed_at.getTime() ?? endMs;
        return new Stay(device, status, patient_id, site_id, changed_at.getTime(), untilMs);
      });
      return [device, stays];
    }),
  );
}
