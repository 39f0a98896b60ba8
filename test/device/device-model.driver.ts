import type { Answer, DeviceProgramme } from '../support/device-programme';
import type { Command, ModelAnswer, ModelDevice, World } from './device-model';

const UPDATES = {
  updatePatient:
    'mutation ($input: UpdatePatientInput!) { payload: updatePatient(input: $input) { userErrors { code } } }',
  updateSite: 'mutation ($input: UpdateSiteInput!) { payload: updateSite(input: $input) { userErrors { code } } }',
};

/** The devices of a run, in every kind of situation. Those of the names `new-…` are there once they are registered. */
export const DEVICES: Record<string, Omit<ModelDevice, 'version'>> = {
  free: device({ status: 'AVAILABLE_AT_SITE', site: 'clinic' }),
  held: device({ status: 'WITH_PATIENT', site: 'clinic', holder: 'ann' }),
  homeless: device({ status: 'WITH_PATIENT', holder: 'bob' }),
  toPatient: device({ status: 'IN_TRANSIT', inOrder: true, holder: 'ann' }),
  toSite: device({ status: 'IN_TRANSIT', inOrder: true }),
  onItsWayBack: device({ status: 'RETURNING', onReturnLeg: true }),
  stock: device({ status: 'AVAILABLE', site: 'warehouse' }),
  defect: device({ status: 'DECOMMISSIONED', site: 'warehouse' }),
  theirs: device({ customer: 'lakeview', status: 'AVAILABLE_AT_SITE', site: 'shop' }),
};
export const NEW_DEVICES = ['new-1', 'new-2'];
export const PATIENTS: World['patients'] = {
  ann: { customer: 'northside', archived: false },
  bob: { customer: 'northside', archived: false },
  former: { customer: 'northside', archived: true },
  zoe: { customer: 'lakeview', archived: false },
};
export const SITES: World['sites'] = {
  warehouse: { customer: 'impilo', active: true },
  clinic: { customer: 'northside', active: true },
  office: { customer: 'northside', active: true },
  closed: { customer: 'northside', active: false },
  shop: { customer: 'lakeview', active: true },
};

function device(facts: Partial<ModelDevice> & Pick<ModelDevice, 'status'>): Omit<ModelDevice, 'version'> {
  return { customer: 'northside', holder: null, site: null, inOrder: false, onReturnLeg: false, ...facts };
}

export function initialWorld(): World {
  const devices = Object.fromEntries(Object.entries(DEVICES).map(([name, facts]) => [name, { ...facts, version: 1 }]));
  return { devices, patients: PATIENTS, sites: SITES };
}

/** A world of its own in the database, and the way from the model's names to its ids and back. */
export class WorldDriver {
  private readonly ids = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private readonly serials = new Map<string, string>();

  private constructor(private readonly programme: DeviceProgramme) {}

  static async create(programme: DeviceProgramme, run: number): Promise<WorldDriver> {
    const driver = new WorldDriver(programme);
    const customerIds = { impilo: '0', ...programme.customers };
    for (const [name, { customer, active }] of Object.entries(SITES)) {
      driver.add('site', name, await programme.site(customerIds[customer], active));
    }
    for (const [name, { customer, archived }] of Object.entries(PATIENTS)) {
      driver.add('patient', name, await programme.patient({ customerId: customerIds[customer], archived }));
    }
    for (const [name, { customer, holder, site, ...facts }] of Object.entries(DEVICES)) {
      const where = { holderId: driver.id('patient', holder), siteId: driver.id('site', site) };
      const { id, serial } = await programme.device({ ...facts, ...where, customerId: customerIds[customer] });
      driver.add('device', name, id);
      driver.serials.set(name, serial);
    }
    for (const name of NEW_DEVICES) driver.serials.set(name, `${name}-of-run-${run}`);
    return driver;
  }

  /** Sends a command to an instance, and tells the answer in the model's words. */
  async send(command: Command, instance: number): Promise<ModelAnswer> {
    if (command.kind === 'updatePatient' || command.kind === 'updateSite') {
      const input =
        command.kind === 'updatePatient'
          ? { patientId: this.id('patient', command.patient), archived: command.archived }
          : { siteId: this.id('site', command.site), active: command.active };
      const { payload } = await this.programme.app.data(command.caller, UPDATES[command.kind], { input }, instance);
      return { outcome: refusalOf(payload as Answer) ?? 'CHANGED', device: null };
    }
    const { data, errors } = await this.programme.send(command.kind, this.inputOf(command), command.caller, instance);
    if (errors) return { outcome: errors.map(({ extensions }) => extensions.code).join(), device: null };
    const payload = data[command.kind]!;
    const refusal = refusalOf(payload);
    if (refusal !== undefined) return { outcome: refusal, device: null };
    if (command.kind === 'registerDevice') this.add('device', command.device, payload.device!.databaseId);
    const { currentStatus, patient, site, version } = payload.device!;
    return {
      outcome: payload.statusChange === null ? 'UNCHANGED' : 'CHANGED',
      device: {
        status: currentStatus,
        holder: this.name('patient', patient?.databaseId),
        site: this.name('site', site?.databaseId),
        version,
      },
    };
  }

  /** The world as the database has it. */
  async observe(): Promise<World> {
    const world: World = { devices: {}, patients: {}, sites: {} };
    const rows = await this.programme.sql<{ kind: 'patient' | 'site'; id: string; flag: boolean }>(
      `select 'patient' as kind, id, archived as flag from patient where id = any($1)
       union all select 'site', id, active from site where id = any($2)`,
      [this.idsOf('patient'), this.idsOf('site')],
    );
    for (const { kind, id, flag } of rows) {
      const name = this.name(kind, id)!;
      if (kind === 'patient') world.patients[name] = { ...PATIENTS[name]!, archived: flag };
      else world.sites[name] = { ...SITES[name]!, active: flag };
    }
    for (const { id, customer, holderId, siteId, ...facts } of await this.programme.sql<DeviceFacts>(FACTS, [
      this.idsOf('device'),
    ])) {
      const holder = this.name('patient', holderId);
      world.devices[this.name('device', id)!] = { customer, ...facts, holder, site: this.name('site', siteId) };
    }
    return world;
  }

  /** Ids of the devices that were seeded, and of those that were registered. */
  deviceIds(): { seeded: string[]; registered: string[] } {
    const of = (names: string[]) => names.flatMap((name) => this.ids.get(`device ${name}`) ?? []);
    return { seeded: of(Object.keys(DEVICES)), registered: of(NEW_DEVICES) };
  }

  private inputOf(command: Exclude<Command, { kind: 'updatePatient' | 'updateSite' }>): object {
    if (command.kind === 'registerDevice') {
      const customerId = this.programme.customers[command.customer];
      const identifiers = [{ type: 'SERIAL', value: this.serials.get(command.device) }];
      return { customerId, itemId: this.programme.itemId, siteId: this.id('site', command.site), identifiers };
    }
    return {
      deviceIdentifier: this.serials.get(command.device),
      expectedVersion: command.expectedVersion,
      ...('patient' in command && { patientId: this.id('patient', command.patient) }),
      ...('site' in command && { siteId: this.id('site', command.site) }),
      ...('status' in command && { status: command.status }),
    };
  }

  private add(kind: string, name: string, id: string): void {
    this.ids.set(`${kind} ${name}`, id);
    this.names.set(`${kind} ${id}`, name);
  }

  private id(kind: string, name: string | null | undefined): string | null {
    return name == null ? null : this.ids.get(`${kind} ${name}`)!;
  }

  private name(kind: string, id: string | null | undefined): string | null {
    return id == null ? null : (this.names.get(`${kind} ${id}`) ?? `unknown ${kind} ${id}`);
  }

  private idsOf(kind: string): string[] {
    return [...this.ids].filter(([key]) => key.startsWith(`${kind} `)).map(([, id]) => id);
  }
}

const FACTS = `select d.id, lower(split_part(c.name, ' ', 1)) as customer, d.current_status as status, d.patient_id as "holderId",
    d.site_id as "siteId", d.order_id is not null as "inOrder", d.return_order_id is not null as "onReturnLeg", d.version
  from device d join customer c on c.id = d.customer_id where d.id = any($1)`;

type DeviceFacts = Omit<ModelDevice, 'holder' | 'site'> & {
  id: string;
  holderId: string | null;
  siteId: string | null;
};

function refusalOf({ userErrors }: Answer): string | undefined {
  return userErrors.length === 0 ? undefined : userErrors.map(({ code }) => code).join();
}
