import type { Kind } from './readings-model.kinds';
import { offsetOnTheWall } from './zones';

/**
 * The rules of docs/glossary.md#readings once more, as plainly as possible: names for ids, milliseconds for instants, one
 * pure function, no code of the gateway.
 */

export type Values = Record<string, number | string | null>;

/** From here on, and until there, a patient had the device; without an end still. */
export interface Period {
  patient: string;
  from: number;
  to: number | null;
}

/** A reading as it is sent. */
export interface Sent {
  device: string | null;
  patient: string | null;
  manual: boolean;
  kind: Kind;
  at: number;
  values: Values;
  deviceOffset: number | null;
}

export interface Stored extends Sent {
  patientOffset: number | null;
}

export interface World {
  /** Whose each device was and when; decommissioned ones are blocked. */
  devices: Record<string, { periods: readonly Period[]; blocked: boolean }>;
  /** The zone of each patient, null when it is unknown. */
  zones: Record<string, string | null>;
  /** By identity. */
  stored: ReadonlyMap<string, Stored>;
}

/** A reading as it is answered. */
export type Shown = Stored & { attribution: string };

/** RECORDED, DUPLICATE, CONFLICT or REFUSED, the codes of the errors, and the stored reading. */
export interface Result {
  outcome: string;
  errors: string[];
  reading: Shown | null;
}

/** The same device, or without one patient, kind and instant: the same reading. */
export function identityOf({ device, patient, kind, at }: Pick<Sent, 'device' | 'patient' | 'kind' | 'at'>): string {
  return `${device === null ? `patient ${patient}` : `device ${device}`} ${kind} ${new Date(at).toISOString()}`;
}

export function shown(stored: Stored): Shown {
  const withPatient = stored.device === null ? 'NAMED' : 'ASSOCIATION';
  return { ...stored, attribution: stored.patient === null ? 'UNATTRIBUTED' : withPatient };
}

function holderOf(world: World, device: string, at: number): string | null {
  const holding = world.devices[device]!.periods.filter(({ from, to }) => from <= at && (to === null || at < to));
  return holding[0]?.patient ?? null;
}

function refusalOf(world: World, { device, patient, manual, at }: Sent): string | undefined {
  if (device === null) return patient !== null && manual ? undefined : 'REFERENCE_MISSING';
  return patient !== null && holderOf(world, device, at) !== patient ? 'REFERENCE_MISMATCH' : undefined;
}

/** What the world answers to one call, and what becomes of it; the world that is given stays as it is. */
export function record(world: World, batch: readonly Sent[]): { results: Result[]; world: World } {
  const stored = new Map(world.stored);
  const results = batch.map((sent): Result => {
    const refuse = (code: string): Result => ({ outcome: 'REFUSED', errors: [code], reading: null });
    const refusal = refusalOf(world, sent);
    if (refusal !== undefined) return refuse(refusal);
    const identity = identityOf(sent);
    const known = stored.get(identity);
    if (known && JSON.stringify(known.values) === JSON.stringify(sent.values))
      return { outcome: 'DUPLICATE', errors: [], reading: shown(known) };
    if (sent.device !== null && world.devices[sent.device]!.blocked) return refuse('READINGS_DISABLED');
    if (known) return { outcome: 'CONFLICT', errors: ['READING_CONFLICT'], reading: shown(known) };
    const patient = sent.device === null ? sent.patient : holderOf(world, sent.device, sent.at);
    const zone = patient === null ? null : world.zones[patient]!;
    const reading = { ...sent, patient, patientOffset: zone === null ? null : offsetOnTheWall(zone, sent.at) };
    stored.set(identity, reading);
    return { outcome: 'RECORDED', errors: [], reading: shown(reading) };
  });
  return { results, world: { ...world, stored } };
}

export type Owner = 'device' | 'patient';

/** The readings of a device or a patient, newest first; those of one instant in the order of `compare`. */
export function readingsOf(
  world: World,
  owner: Owner,
  name: string,
  compare: (one: Stored, other: Stored) => number,
): Shown[] {
  const readings = [...world.stored.values()].filter((reading) => reading[owner] === name);
  return readings.sort((one, other) => other.at - one.at || compare(one, other)).map(shown);
}

/** When somebody had the newest reading of each kind, and of any. */
export type Activity = Partial<Record<Kind | 'any', number>>;

/** The activity of the devices or patients that have readings. */
export function activityOf(world: World, owner: Owner): Record<string, Activity> {
  const activity: Record<string, Activity> = {};
  for (const reading of world.stored.values()) {
    const name = reading[owner];
    if (name === null) continue;
    const known = (activity[name] ??= {});
    for (const kind of [reading.kind, 'any'] as const) known[kind] = Math.max(known[kind] ?? -Infinity, reading.at);
  }
  return activity;
}
