import { WHOLE, type ReturnedReading, type ReadingInput, type ReadingFixture } from './reading-fixture.harness';
import {
  identityOf,
  type Activity,
  type Owner,
  type Result,
  type Sent,
  type Shown,
  type Stored,
  type Values,
} from './readings-model';
import { WHEREABOUTS, type History } from './readings-model.arbitraries';
import { KIND_VALUES, KINDS, toInput, type Kind } from './readings-model.kinds';
import { Names } from './readings-model.names';

/** Results of a batch in terms of the model, and the ids of the returned readings. */
export interface BatchResults {
  results: Result[];
  ids: (string | null)[];
}

/** Rows of a run in the database. */
export interface Observed {
  stored: Map<string, Stored>;
  ids: Map<string, string>;
  activity: Record<Owner, Record<string, Activity>>;
}

interface ReadingColumns {
  id: string;
  device_id: string | null;
  patient_id: string | null;
  kind: number;
  taken_at: Date;
  manual: boolean;
  device_time_zone_offset: number | null;
  patient_time_zone_offset: number | null;
}

/** Creates a history in the database and translates between the names of the model and ids. */
export class ReadingsDriver {
  private readonly names = new Names();
  private readonly serials = new Map<string, string>();
  private sent = 0;

  private constructor(
    private readonly fixture: ReadingFixture,
    private readonly run: number,
    private readonly firstEventId: string,
  ) {}

  static async create(fixture: ReadingFixture, run: number, { patients, devices }: History): Promise<ReadingsDriver> {
    const driver = new ReadingsDriver(fixture, run, await fixture.lastEventId());
    for (const [name, whereabouts] of Object.entries(patients)) {
      const id = await fixture.devices.patient({ externalIdentifier: driver.externalIdentifier(name) });
      const { zipCode, timeZone } = WHEREABOUTS[whereabouts];
      await fixture.sql('update patient set address = $2, time_zone = $3 where id = $1', [
        id,
        zipCode === null ? null : { zipCode },
        timeZone,
      ]);
      driver.names.add('patient', name, id);
    }
    for (const [name, periods] of Object.entries(devices)) {
      const { id, serial } = await fixture.device(
        ...periods.map(({ patient, from, to }) => ({
          patientId: driver.names.idOf('patient', patient),
          from: new Date(from).toISOString(),
          ...(to !== null && { to: new Date(to).toISOString() }),
        })),
      );
      driver.names.add('device', name, id);
      driver.serials.set(name, serial);
    }
    return driver;
  }

  /** Sends a batch to an instance. */
  async send(batch: readonly Sent[], instance: number): Promise<BatchResults> {
    const { results, ...counts } = await this.fixture.record(
      batch.map((sent) => this.inputOf(sent)),
      { instance },
    );
    const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
    expect(counts).toEqual({
      recorded: count('RECORDED'),
      duplicates: count('DUPLICATE'),
      conflicts: count('CONFLICT'),
      refused: count('REFUSED'),
    });
    return {
      results: results.map(({ outcome, reading, userErrors }) => ({
        outcome,
        errors: userErrors.map(({ code }) => code),
        reading: reading && this.toShown(reading),
      })),
      ids: results.map(({ reading }) => reading && reading.databaseId),
    };
  }

  /** Disables or enables the readings of a device. */
  async block(name: string, blocked: boolean): Promise<void> {
    const operation = blocked ? 'disableDeviceReadings' : 'enableDeviceReadings';
    const { userErrors } = await this.fixture.devices.call(operation, { deviceId: this.names.idOf('device', name) });
    expect(userErrors).toEqual([]);
  }

  async observe(): Promise<Observed> {
    const rows = await this.fixture.sql<ReadingColumns & { columns: Record<string, Values[string]> }>(
      `select r.*, to_jsonb(r) as columns from reading r where r.device_id = any($1) or r.patient_id = any($2)`,
      [this.names.idsOf('device'), this.names.idsOf('patient')],
    );
    const readings = rows.map((row): { id: string; reading: Stored } => {
      const kind = KINDS[row.kind - 1]!;
      const members = Object.keys(KIND_VALUES[kind].variants[0]);
      return {
        id: row.id,
        reading: {
          device: this.names.nameOf('device', row.device_id),
          patient: this.names.nameOf('patient', row.patient_id),
          kind,
          at: row.taken_at.getTime(),
          manual: row.manual,
          values: Object.fromEntries(members.map((member) => [member, row.columns[toSnakeCase(member)]!])),
          deviceOffset: row.device_time_zone_offset,
          patientOffset: row.patient_time_zone_offset,
        },
      };
    });
    const stored = new Map(readings.map(({ reading }) => [identityOf(reading), reading]));
    expect(stored.size).toBe(rows.length);
    return {
      stored,
      ids: new Map(readings.map(({ id, reading }) => [identityOf(reading), id])),
      activity: { device: await this.activity('device'), patient: await this.activity('patient') },
    };
  }

  /** Ids of the readings in events, with repeats if any. */
  async idsInEvents(): Promise<string[]> {
    const events = await this.fixture.eventReadings(this.firstEventId);
    return events.flat().map(({ id }) => id as string);
  }

  /** Reads a list page by page. @returns the pages in the order of the list */
  async pages(owner: Owner, name: string, size: number, backward: boolean): Promise<Shown[][]> {
    const query = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { owner: ${owner}(id: $id) {
      readings(first: $first, after: $after, last: $last, before: $before) {
        nodes { ${WHOLE} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
    const pages: Shown[][] = [];
    let cursor: string | null = null;
    for (;;) {
      const place: Record<string, unknown> = backward ? { last: size, before: cursor } : { first: size, after: cursor };
      const data = await this.fixture.app.data<{ owner: { readings: Page } }>(
        'northside',
        query,
        { id: this.names.idOf(owner, name), ...place },
        pages.length % 2,
      );
      const { nodes, pageInfo }: Page = data.owner.readings;
      const page = nodes.map((node) => this.toShown(node));
      if (backward) pages.unshift(page);
      else pages.push(page);
      cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
      if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return pages;
    }
  }

  /** Newest reading of each kind, and time of the newest of all. */
  async latest(owner: Owner, name: string): Promise<{ ofKinds: Shown[]; lastAt: number | null }> {
    const ofKinds = {
      device: KINDS.map((kind) => `${kind}: latestReading(kind: ${kind}) { ${WHOLE} }`).join(' '),
      patient: `latestReadings { ${WHOLE} }`,
    }[owner];
    const { latestReadingAt, latestReadings, ...aliases } = await this.fieldsOf(
      owner,
      name,
      `latestReadingAt ${ofKinds}`,
    );
    const readings = owner === 'patient' ? latestReadings : KINDS.flatMap((kind) => aliases[kind] ?? []);
    return {
      ofKinds: (readings as ReturnedReading[]).map((reading) => this.toShown(reading)),
      lastAt: latestReadingAt == null ? null : Date.parse(latestReadingAt as string),
    };
  }

  /** Newest reading of a device, of any kind. */
  async newest(device: string): Promise<Shown | null> {
    const { latestReading } = await this.fieldsOf('device', device, `latestReading { ${WHOLE} }`);
    return latestReading == null ? null : this.toShown(latestReading as ReturnedReading);
  }

  private async fieldsOf(owner: Owner, name: string, fields: string): Promise<Record<string, unknown>> {
    const query = `query ($id: ID!) { owner: ${owner}(id: $id) { ${fields} } }`;
    return (
      await this.fixture.app.data<{ owner: Record<string, unknown> }>('northside', query, {
        id: this.names.idOf(owner, name),
      })
    ).owner;
  }

  /** Alternates between the ways to name device and patient, and between null and absent values. */
  private inputOf({ device, patient, manual, kind, at, values, deviceOffset }: Sent): ReadingInput {
    const turn = (this.sent += 1);
    const names = (byId: object, byName: object) => [byId, byName, { ...byId, ...byName }][turn % 3]!;
    const measured = Object.entries(values).filter(([, value]) => value !== null || turn % 2 === 0);
    return {
      ...(device !== null &&
        names(
          { deviceId: this.names.idOf('device', device) },
          { deviceIdentifier: this.serials.get(device)!.toLowerCase() },
        )),
      ...(patient !== null &&
        names(
          { patientId: this.names.idOf('patient', patient) },
          { patientExternalIdentifier: this.externalIdentifier(patient) },
        )),
      takenAt: new Date(at).toISOString(),
      ...((deviceOffset !== null || turn % 2 === 0) && { deviceTimeZoneOffset: deviceOffset }),
      ...((manual || turn % 2 === 0) && { manual }),
      ...toInput(kind, Object.fromEntries(measured)),
    };
  }

  private toShown(reading: ReturnedReading): Shown {
    const kind = reading.kind as Kind;
    const members = Object.keys(KIND_VALUES[kind].variants[0]);
    const idOf = (member: string) => (reading[member] as { databaseId: string } | null)?.databaseId;
    return {
      device: this.names.nameOf('device', idOf('device')),
      patient: this.names.nameOf('patient', idOf('patient')),
      kind,
      at: Date.parse(reading.takenAt),
      manual: reading.manual as boolean,
      values: Object.fromEntries(members.map((member) => [member, reading[member] as Values[string]])),
      deviceOffset: reading.deviceTimeZoneOffset as number | null,
      patientOffset: reading.patientTimeZoneOffset as number | null,
      attribution: reading.attribution as string,
    };
  }

  private async activity(owner: Owner): Promise<Record<string, Activity>> {
    const columns = [...KINDS.map((kind) => [kind, `${kind.toLowerCase()}_at`]), ['any', 'last_reading_at']] as const;
    const rows = await this.fixture.sql<Record<string, Date | number | string | null>>(
      `select ${owner}_id as owner_id, ${columns.map(([name, column]) => `${column} as "${name}"`).join(', ')}
       from ${owner}_activity where ${owner}_id = any($1)`,
      [this.names.idsOf(owner)],
    );
    expect(rows).toHaveLength(this.names.idsOf(owner).length);
    const activities = rows.map(({ owner_id, ...times }): [string, Activity] => {
      // Without readings it is -infinity, which pg returns as a number.
      const known = Object.entries(times).flatMap(([name, at]) => (at instanceof Date ? [[name, at.getTime()]] : []));
      return [this.names.nameOf(owner, owner_id as string)!, Object.fromEntries(known) as Activity];
    });
    return Object.fromEntries(activities.filter(([, activity]) => Object.keys(activity).length > 0));
  }

  private externalIdentifier(patient: string): string {
    return `${patient} of run ${this.run}`;
  }
}

interface Page {
  nodes: ReturnedReading[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

function toSnakeCase(member: string): string {
  return member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
