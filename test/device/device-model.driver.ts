import {
  BULK,
  type DevicePayload,
  type BulkOperation,
  type Caller,
  type DeviceFixture,
  type Operation,
} from '../support/device-fixture';
import type { OrderPayload, OrderFixture } from '../support/order-fixture';
import { NEW_DEVICES } from './device-model';
import { nameOfReplacement } from './device-model.orders';
import { DEVICES, PATIENTS, SITES } from './device-model.start';
import type {
  Command,
  DeviceCommand,
  ItemName,
  ModelResponse,
  ModelOrder,
  OrderCommand,
  World,
} from './device-model.world';

const ORDER = 'order { databaseId currentStatus }';
const SENT = 'order { databaseId currentStatus devices { nodes { databaseId } } }';

/** Selections for the parts of payloads that the model predicts. */
const SELECTIONS: Record<OrderCommand['kind'], string> = {
  createOrder: ORDER,
  processOrder: SENT,
  shipOrder: ORDER,
  markOrderReadyForPickup: ORDER,
  deliverOrder: ORDER,
  cancelOrder: ORDER,
  replaceDevice: `${SENT} defectiveDevice { currentStatus version patient { databaseId } site { databaseId } }`,
};

type Kind = 'customer' | 'item' | 'site' | 'patient' | 'device' | 'order';

/** A separate world in the database. Maps the model's names to ids and back. */
export class WorldDriver {
  private readonly ids = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private readonly serials = new Map<string, string>();
  private readonly fixture: DeviceFixture;
  private sent = 0;

  private constructor(private readonly orders: OrderFixture) {
    this.fixture = orders.fixture;
  }

  static async create(orders: OrderFixture, run: number): Promise<WorldDriver> {
    const driver = new WorldDriver(orders);
    const { fixture } = orders;
    for (const [name, id] of Object.entries({ impilo: '0', ...fixture.customers })) driver.add('customer', name, id);
    // New items, so that the run finds no stock of earlier runs.
    for (const name of ['cuff', 'scale']) {
      const insert = `insert into item (name, reading_kinds) values ($1, '{}') returning id`;
      const [item] = await fixture.sql<{ id: string }>(insert, [name]);
      driver.add('item', name, item!.id);
    }
    for (const [name, { customer, active }] of Object.entries(SITES)) {
      driver.add('site', name, await fixture.site(driver.id('customer', customer)!, active));
    }
    for (const [name, { customer, archived }] of Object.entries(PATIENTS)) {
      const customerId = driver.id('customer', customer)!;
      driver.add('patient', name, await fixture.patient({ customerId, archived }));
    }
    for (const [name, { customer, item, status, holder, site }] of Object.entries(DEVICES)) {
      const where = { holderId: driver.id('patient', holder), siteId: driver.id('site', site) };
      const customerId = driver.id('customer', customer)!;
      const { id, serial } = await fixture.device({ status, ...where, customerId });
      await fixture.sql('update device set item_id = $2 where id = $1', [id, driver.id('item', item)]);
      driver.add('device', name, id);
      driver.serials.set(name, serial);
    }
    for (const name of Object.keys(NEW_DEVICES)) driver.serials.set(name, `${name}-of-run-${run}`);
    return driver;
  }

  /** Sends a command to an instance and returns the result in the model's terms. */
  send(command: Command, instance: number): Promise<ModelResponse> {
    switch (command.kind) {
      case 'setArchived':
      case 'setActive':
        return this.update(command, instance);
      case 'createOrder':
      case 'processOrder':
      case 'shipOrder':
      case 'markOrderReadyForPickup':
      case 'deliverOrder':
      case 'cancelOrder':
      case 'replaceDevice':
        return this.sendOrderCommand(command, instance);
      case 'cancelReturn':
      case 'receiveReturn':
        return this.sendReturn(command, instance);
      case 'registerDevice':
      case 'associateDevice':
      case 'associateDeviceWithSite':
      case 'disassociateDevice':
      case 'updateDeviceStatus':
      case 'disableDeviceReadings':
      case 'enableDeviceReadings':
        return this.sendDeviceCommand(command, instance);
    }
  }

  private async update(
    command: Extract<Command, { kind: 'setArchived' | 'setActive' }>,
    instance: number,
  ): Promise<ModelResponse> {
    const [mutation, argument, id] =
      command.kind === 'setArchived'
        ? [command.archived ? 'archivePatient' : 'unarchivePatient', 'patientId', this.id('patient', command.patient)]
        : [command.active ? 'reactivateSite' : 'deactivateSite', 'siteId', this.id('site', command.site)];
    const document = `mutation ($id: ID!) { payload: ${mutation}(input: { ${argument}: $id }) { userErrors { code } } }`;
    const { payload } = await this.fixture.app.data(command.caller, document, { id }, instance);
    return { outcome: refusalOf(payload as DevicePayload) ?? 'CHANGED' };
  }

  private async sendDeviceCommand(
    command:
      Exclude<DeviceCommand, { kind: 'cancelReturn' | 'receiveReturn' }> | Extract<Command, { kind: 'registerDevice' }>,
    instance: number,
  ): Promise<ModelResponse> {
    const input = command.kind === 'registerDevice' ? this.newDevice(command) : this.onDevice(command);
    const { payload, codes } = await this.sendAlone(command.kind, input, command.caller, instance);
    if (!payload) return { outcome: codes.join() };
    if (command.kind === 'registerDevice' && payload.device) {
      this.add('device', command.device, payload.device.databaseId);
    }
    return this.changed(payload);
  }

  /** Sends an operation by itself, and every second one that has a bulk form as an entry between two refused ones. */
  private async sendAlone(
    operation: Operation,
    input: object,
    caller: Caller,
    instance: number,
  ): Promise<{ payload?: DevicePayload; codes: unknown[] }> {
    this.sent += 1;
    if (!(operation in BULK) || this.sent % 2 === 0) {
      const { data, errors } = await this.fixture.send(operation, input, caller, instance);
      return errors
        ? { codes: errors.map(({ extensions }) => extensions.code) }
        : { payload: data[operation], codes: [] };
    }
    const bulk = operation as BulkOperation;
    const garbage = bulk === 'registerDevice' ? { customerId: 'garbage' } : { deviceId: 'garbage' };
    const entries = [{ ...input, ...garbage }, input, input];
    const { data, errors } = await this.fixture.sendMany(bulk, entries, caller, instance);
    if (errors) return { codes: errors.map(({ extensions }) => extensions.code) };
    const [malformed, payload, again] = data[BULK[bulk]]!.results as [DevicePayload, DevicePayload, DevicePayload];
    expect(refusalOf(malformed)).toBe('INVALID_INPUT');
    // The same device twice, or neither is found.
    const twice = bulk === 'registerDevice' ? 'IDENTIFIER_TAKEN' : 'DUPLICATE_ENTRY';
    expect([twice, refusalOf(payload)]).toContain(refusalOf(again));
    return { payload, codes: [] };
  }

  private async sendReturn(
    command: Extract<Command, { kind: 'cancelReturn' | 'receiveReturn' }>,
    instance: number,
  ): Promise<ModelResponse> {
    const more = command.kind === 'cancelReturn' ? { reason: 'A test' } : { outcome: command.outcome };
    const input = { ...this.onDevice(command), ...more };
    const { data, errors } = await this.orders.send(command.kind, input, command.caller, instance);
    if (errors) return { outcome: errors.map(({ extensions }) => extensions.code).join() };
    return this.changed(data[command.kind]!);
  }

  private async sendOrderCommand(command: OrderCommand, instance: number): Promise<ModelResponse> {
    const input = command.kind === 'replaceDevice' ? this.onDevice(command) : this.onOrder(command);
    const selection = SELECTIONS[command.kind];
    const { data, errors } = await this.orders.send(command.kind, input, command.caller, instance, selection);
    if (errors) return { outcome: errors.map(({ extensions }) => extensions.code).join() };
    const payload = data[command.kind]!;
    const refusal = refusalOf(payload);
    if (refusal !== undefined) return { outcome: refusal };
    const order = payload.order!;
    if (!this.names.has(`order ${order.databaseId}`)) this.add('order', this.nameOf(command), order.databaseId);
    const response: ModelResponse = {
      outcome: 'OK',
      order: { name: this.name('order', order.databaseId)!, status: order.currentStatus },
    };
    if (command.kind !== 'processOrder' && command.kind !== 'replaceDevice') return response;
    const { nodes } = order.devices as unknown as { nodes: { databaseId: string }[] };
    const sent = nodes.map(({ databaseId }) => this.name('device', databaseId)!).sort();
    if (command.kind === 'processOrder') return { ...response, sent };
    return { ...response, sent, device: this.shown(payload.defectiveDevice!) };
  }

  private nameOf(command: OrderCommand): string {
    if (command.kind !== 'replaceDevice') return command.order;
    let index = 1;
    while (this.ids.has(`order ${nameOfReplacement(command.device, index)}`)) index += 1;
    return nameOfReplacement(command.device, index);
  }

  private changed(payload: Pick<OrderPayload, 'device' | 'statusChange' | 'userErrors'>): ModelResponse {
    const refusal = refusalOf(payload);
    if (refusal !== undefined) return { outcome: refusal };
    const outcome = payload.statusChange === null ? 'UNCHANGED' : 'CHANGED';
    return { outcome, device: this.shown(payload.device!) };
  }

  private shown({
    currentStatus,
    patient,
    site,
    version,
  }: Omit<NonNullable<OrderPayload['device']>, 'databaseId'>): ModelResponse['device'] {
    return {
      status: currentStatus,
      holder: this.name('patient', patient?.databaseId),
      site: this.name('site', site?.databaseId),
      version,
    };
  }

  /** Reads the world from the database. */
  async observe(): Promise<World> {
    const world: World = { devices: {}, patients: {}, sites: {}, orders: {} };
    const rows = await this.fixture.sql<{ kind: 'patient' | 'site'; id: string; flag: boolean }>(
      `select 'patient' as kind, id, archived_at is not null as flag from patient where id = any($1)
       union all select 'site', id, deactivated_at is null from site where id = any($2)`,
      [this.idsOf('patient'), this.idsOf('site')],
    );
    for (const { kind, id, flag } of rows) {
      const name = this.name(kind, id)!;
      if (kind === 'patient') world.patients[name] = { ...PATIENTS[name]!, archived: flag };
      else world.sites[name] = { ...SITES[name]!, active: flag };
    }
    for (const { id, ...row } of await this.fixture.sql<DeviceState>(DEVICE_FACTS, [this.idsOf('device')])) {
      world.devices[this.name('device', id)!] = {
        customer: this.name('customer', row.customerId) as 'northside',
        item: this.name('item', row.itemId) as ItemName,
        status: row.status,
        holder: this.name('patient', row.holderId),
        site: this.name('site', row.siteId),
        order: this.name('order', row.orderId),
        returnOrder: this.name('order', row.returnOrderId),
        version: row.version,
      };
    }
    const recipients = [this.idsOf('patient'), this.idsOf('site')];
    for (const { id, ...row } of await this.fixture.sql<OrderFacts>(ORDER_FACTS, recipients)) {
      const { kind, status, events, parcels, version } = row;
      const items = row.items.map(([item, count]) => [this.name('item', item), count] as const);
      const devices = row.devices.map(
        ([device, site]) => [this.name('device', device), this.name('site', site)] as const,
      );
      world.orders[this.name('order', id)!] = {
        customer: this.name('customer', row.customerId) as 'northside',
        kind,
        status,
        patient: this.name('patient', row.patientId),
        site: this.name('site', row.siteId),
        items: Object.fromEntries(items) as ModelOrder['items'],
        devices: Object.fromEntries(devices) as ModelOrder['devices'],
        returnDevices: row.returnDevices.map((device) => this.name('device', device)!),
        events,
        parcels,
        version,
      };
    }
    return world;
  }

  /** Names of devices whose holder differs from their open association. */
  async disagreements(): Promise<string[]> {
    const rows = await this.fixture.sql<{ id: string }>(
      `select d.id from device d left join device_association a on a.device_id = d.id and a.ended_at is null
       where d.id = any($1) and d.patient_id is distinct from a.patient_id`,
      [this.idsOf('device')],
    );
    return rows.map(({ id }) => this.name('device', id)!);
  }

  /** Ids of the seeded devices, the registered devices, and the orders. */
  created(): { seeded: string[]; registered: string[]; orders: string[] } {
    const of = (names: string[]) => names.flatMap((name) => this.ids.get(`device ${name}`) ?? []);
    return { seeded: of(Object.keys(DEVICES)), registered: of(Object.keys(NEW_DEVICES)), orders: this.idsOf('order') };
  }

  private newDevice(command: Extract<Command, { kind: 'registerDevice' }>): object {
    return {
      customerId: this.id('customer', command.customer),
      itemId: this.id('item', NEW_DEVICES[command.device]),
      siteId: this.id('site', command.site),
      identifiers: [{ type: 'SERIAL', value: this.serials.get(command.device) }],
    };
  }

  private onDevice(command: DeviceCommand | Extract<OrderCommand, { kind: 'replaceDevice' }>): object {
    return {
      deviceIdentifier: this.serials.get(command.device),
      expectedVersion: command.expectedVersion,
      ...('patient' in command && { patientId: this.id('patient', command.patient) }),
      ...('site' in command && { siteId: this.id('site', command.site) }),
      ...('status' in command && { status: command.status }),
    };
  }

  private onOrder(command: Exclude<OrderCommand, { kind: 'replaceDevice' }>): object {
    if (command.kind === 'createOrder') {
      const { caller, customer, patient, site, items } = command;
      return {
        ...(caller === 'operator' && { customerId: this.id('customer', customer) }),
        patientId: this.id('patient', patient),
        siteId: this.id('site', site),
        lines: Object.entries(items).map(([item, quantity]) => ({ itemId: this.id('item', item), quantity })),
      };
    }
    const orderId = this.id('order', command.order);
    if (command.kind === 'processOrder') {
      return { orderId, deviceIdentifiers: command.devices?.map((name) => this.serials.get(name)) };
    }
    if (command.kind !== 'shipOrder' || command.trackingNumber === undefined) return { orderId };
    return { orderId, parcels: [{ trackingNumber: command.trackingNumber }] };
  }

  private add(kind: Kind, name: string, id: string): void {
    this.ids.set(`${kind} ${name}`, id);
    this.names.set(`${kind} ${id}`, name);
  }

  private id(kind: Kind, name: string | null | undefined): string | null {
    return name == null ? null : this.ids.get(`${kind} ${name}`)!;
  }

  private name(kind: Kind, id: string | null | undefined): string | null {
    return id == null ? null : (this.names.get(`${kind} ${id}`) ?? `unknown ${kind} ${id}`);
  }

  private idsOf(kind: Kind): string[] {
    return [...this.ids].filter(([key]) => key.startsWith(`${kind} `)).map(([, id]) => id);
  }
}

const DEVICE_FACTS = `select id, customer_id as "customerId", item_id as "itemId", current_status as status, patient_id as "holderId",
    site_id as "siteId", order_id as "orderId", return_order_id as "returnOrderId", version
  from device where id = any($1)`;

interface DeviceState {
  id: string;
  customerId: string;
  itemId: string;
  status: World['devices'][string]['status'];
  holderId: string | null;
  siteId: string | null;
  orderId: string | null;
  returnOrderId: string | null;
  version: number;
}

/** All orders to these patients and sites, including any that no response mentioned. */
const ORDER_FACTS = `select o.id, o.customer_id as "customerId", o.kind, o.current_status as status, o.patient_id as "patientId",
    o.site_id as "siteId",
    (select coalesce(jsonb_agg(jsonb_build_array(i.item_id::text, i.count)), '[]') from order_item i where i.order_id = o.id) as items,
    (select coalesce(jsonb_agg(jsonb_build_array(x.device_id::text, x.warehouse_id::text)), '[]')
       from order_device x where x.order_id = o.id and x.leg = 'OUTBOUND') as devices,
    array(select x.device_id::text from order_device x where x.order_id = o.id and x.leg = 'RETURN') as "returnDevices",
    array(select coalesce(e.status, e.parcel ->> 'trackingNumber') from order_event e where e.order_id = o.id order by e.id) as events,
    array(select t ->> 'trackingNumber' from jsonb_array_elements(o.parcels) t) as parcels, o.version
  from device_order o where o.patient_id = any($1) or o.site_id = any($2)`;

interface OrderFacts {
  id: string;
  customerId: string;
  kind: ModelOrder['kind'];
  status: ModelOrder['status'];
  patientId: string | null;
  siteId: string | null;
  items: [item: string, count: number][];
  devices: [device: string, warehouse: string][];
  returnDevices: string[];
  events: ModelOrder['events'];
  parcels: ModelOrder['parcels'];
  version: number;
}

function refusalOf({ userErrors }: { userErrors: { code: string }[] }): string | undefined {
  return userErrors.length === 0 ? undefined : userErrors.map(({ code }) => code).join();
}
