import type { Kind } from './readings-model.kinds';
import { offsetOnTheWall } from './zones';

/**
 * A simple model of the rules in docs/glossary.md#readings: names instead of ids, milliseconds instead of dates, one pure
 * function, and no code of the gateway.
 */

export type Values = Record<string, number | string | null>;

/** A period in which a patient holds a device, open if `to` is null. */
export interface Period {
  patient: string;
  from: number;
  to: number | null;
}

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
  /** Holders of each device. A decommissioned device is blocked. */
  devices: Record<string, { periods: readonly Period[]; blocked: boolean }>;
  /** Time zone of each patient, null when unknown. */
  zones: Record<string, string | null>;
  /** By identity. */
  stored: ReadonlyMap<string, Stored>;
}

/** A returned reading. */
export type Shown = Stored & { attribution: string };

/** Outcome, codes of the errors, and stored reading. */
export interface Result {
  outcome: string;
  errors: string[];
  reading: Shown | null;
}

/** Two readings are the same if they have the same device (or patient, without a device), kind and time. */
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

/** Results of one call and the state after it. Does not change the given state. */
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

/** Readings of a device or a patient, newest first. Equal times are ordered by `compare`. */
export function readingsOf(
  world: World,
  owner: Owner,
  name: string,
  compare: (one: Stored, other: Stored) => number,
): Shown[] {
  const readings = [...world.stored.values()].filter((reading) => reading[owner] === name);
  return readings.sort((one, other) => other.at - one.at || compare(one, other)).map(shown);
}

/** Time of the newest reading of each kind, and of any kind. */
export type Activity = Partial<Record<Kind | 'any', number>>;

/** Activity of the devices or patients that have readings. */
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
