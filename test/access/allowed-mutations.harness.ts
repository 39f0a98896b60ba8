import { NOWHERE } from '../isolation/own-webhook';
import { NORTHSIDE_ID, WAREHOUSE_ID } from '../isolation/two-customers.harness';
import { DEVICE_IN_SITUATION, type Situation } from '../support/device-situation';
import type { TestApp } from '../support/test-app';
import type { Subject } from './role-matrix.harness';

/** A mutation that every domain rule allows, with its effect. */
export interface AllowedMutation {
  input: object;
  /** SQL condition that is false before the mutation and true afterwards. */
  effect: string;
}

/** Creates rows for one call of one mutation. */
class Preparation {
  constructor(
    readonly app: TestApp,
    readonly subject: Subject,
    /** Unique part of its texts. */
    readonly tag: string,
  ) {}

  async device(situation: Situation): Promise<string> {
    const { rows } = await this.app.admin.query<{ id: string }>(DEVICE_IN_SITUATION, [
      NORTHSIDE_ID,
      '1',
      situation.status,
      situation.siteId === undefined ? this.subject.siteId : situation.siteId,
      situation.holderId ?? null,
      false,
      situation.onReturnLeg ?? false,
      `ROLE${this.tag}`.toUpperCase().replace(/[^A-Z0-9]/g, ''),
    ]);
    return rows[0]!.id;
  }

  free(): Promise<string> {
    return this.device({ status: 'AVAILABLE_AT_SITE' });
  }

  held(): Promise<string> {
    return this.device({ status: 'WITH_PATIENT', holderId: this.subject.patientId });
  }

  async order(...steps: ('processOrder' | 'shipOrder')[]): Promise<string> {
    const { createOrder } = await this.app.data<{ createOrder: { order: { databaseId: string } } }>(
      'northside',
      `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { order { databaseId } } }`,
      { input: { patientId: this.subject.patientId, lines: [{ itemId: '1', quantity: 1 }] } },
    );
    const orderId = createOrder.order.databaseId;
    for (const step of steps) {
      const { done } = await this.app.data<{ done: { userErrors: object[] } }>(
        'operator',
        `mutation ($orderId: ID!) { done: ${step}(input: { orderId: $orderId }) { userErrors { message } } }`,
        { orderId },
      );
      if (done.userErrors.length > 0) throw new Error(`${step}: ${JSON.stringify(done.userErrors)}`);
    }
    return orderId;
  }

  /** @param archivedAt SQL expression */
  async patient(archivedAt = 'null'): Promise<string> {
    const { rows } = await this.app.admin.query<{ id: string }>(
      `insert into patient (customer_id, first_name, last_name, archived_at) values ($1, 'Role', $2, ${archivedAt}) returning id`,
      [NORTHSIDE_ID, this.tag],
    );
    return rows[0]!.id;
  }

  /** @param deactivatedAt SQL expression */
  async site(deactivatedAt = 'null'): Promise<string> {
    const { rows } = await this.app.admin.query<{ id: string }>(
      `insert into site (customer_id, name, deactivated_at) values ($1, $2, ${deactivatedAt}) returning id`,
      [NORTHSIDE_ID, this.tag],
    );
    return rows[0]!.id;
  }

  async apiKey(): Promise<string> {
    const { rows } = await this.app.admin.query<{ id: string }>(
      `insert into api_key (customer_id, name, role, secret_hash) values ($1, $2, 'MEMBER', sha256(convert_to($2, 'UTF8'))) returning id`,
      [NORTHSIDE_ID, this.tag],
    );
    return rows[0]!.id;
  }

  /** Disabled unless `active`. Its delivery has failed for good, so no worker changes it. */
  async webhook(active = false): Promise<{ webhookId: string; deliveryId: string }> {
    const { rows } = await this.app.admin.query<{ webhookId: string; deliveryId: string }>(
      `with hook as (
         insert into webhook (customer_id, url, event_types, secret, active, disabled_at, disabled_reason)
         values ($1, $2, '{DEVICE_ASSOCIATION_REMOVED}', $3, $4, case when not $4 then now() end, case when not $4 then 'BY_REQUEST' end) returning customer_id, id
       )
       insert into webhook_delivery (customer_id, webhook_id, message_id, event_type, payload, status, failures)
       select customer_id, id, 'role', 'DEVICE_ASSOCIATION_REMOVED', '{}', 'FAILED', 1 from hook
       returning webhook_id as "webhookId", id as "deliveryId"`,
      [NORTHSIDE_ID, NOWHERE, Buffer.alloc(24, 1), active],
    );
    return rows[0]!;
  }

  /** An event that was set aside. Once retried, it has no deliveries. @returns its id */
  async planningFailure(webhookId: string): Promise<string> {
    const { rows } = await this.app.admin.query<{ id: string }>(
      `insert into webhook_event (customer_id, id, position, type, payload, webhook_ids, set_aside_at, error)
       values ($1, nextval('event_id_seq'), 0, 'device.associationRemoved', '{}', array[$2::bigint], now(), 'Role') returning id`,
      [NORTHSIDE_ID, webhookId],
    );
    return rows[0]!.id;
  }
}

const device = (id: string, condition: string) => `exists (select from device where id = ${id} and ${condition})`;
const order = (id: string, status: string) =>
  `exists (select from device_order where id = ${id} and current_status = '${status}')`;
const patient = (id: string, condition: string) => `exists (select from patient where id = ${id} and ${condition})`;
const site = (id: string, condition: string) => `exists (select from site where id = ${id} and ${condition})`;
const webhook = (id: string, condition: string) => `exists (select from webhook where id = ${id} and ${condition})`;

/** A successful call of each mutation. A missing one fails the tests. */
export const ALLOWED_MUTATIONS: Readonly<Record<string, (prepare: Preparation) => Promise<AllowedMutation>>> = {
  associateDevice: async (prepare) => {
    const { patientId } = prepare.subject;
    const deviceId = await prepare.free();
    return { input: { deviceId, patientId }, effect: device(deviceId, `patient_id = ${patientId}`) };
  },
  associateDevices: async (prepare) => {
    const { patientId } = prepare.subject;
    const deviceId = await prepare.free();
    return { input: { devices: [{ deviceId, patientId }] }, effect: device(deviceId, `patient_id = ${patientId}`) };
  },
  associateDeviceWithSite: async (prepare) => {
    const { siteId } = prepare.subject;
    const deviceId = await prepare.device({ status: 'AVAILABLE_AT_SITE', siteId: prepare.subject.otherSiteId });
    return { input: { deviceId, siteId }, effect: device(deviceId, `site_id = ${siteId}`) };
  },
  disassociateDevice: async (prepare) => {
    const deviceId = await prepare.held();
    return { input: { deviceId }, effect: device(deviceId, 'patient_id is null') };
  },
  disassociateDevices: async (prepare) => {
    const deviceId = await prepare.held();
    return { input: { devices: [{ deviceId }] }, effect: device(deviceId, 'patient_id is null') };
  },
  updateDeviceStatuses: async (prepare) => {
    const deviceId = await prepare.free();
    return {
      input: { devices: [{ deviceId, status: 'LOST' }] },
      effect: device(deviceId, `current_status = 'LOST'`),
    };
  },
  updateDeviceStatus: async (prepare) => {
    const deviceId = await prepare.free();
    return { input: { deviceId, status: 'LOST' }, effect: device(deviceId, `current_status = 'LOST'`) };
  },
  updateDeviceIdentifiers: async (prepare) => {
    const [deviceId, value] = [await prepare.free(), `NEW-${prepare.tag}`];
    return {
      input: { deviceId, identifiers: [{ type: 'SERIAL', value }] },
      effect: `exists (select from device_identifier where device_id = ${deviceId} and value = '${value}')`,
    };
  },
  disableDeviceReadings: async (prepare) => {
    const deviceId = await prepare.free();
    return { input: { deviceId }, effect: device(deviceId, `current_status = 'DECOMMISSIONED'`) };
  },
  enableDeviceReadings: async (prepare) => {
    const deviceId = await prepare.device({ status: 'DECOMMISSIONED' });
    return { input: { deviceId }, effect: device(deviceId, `current_status = 'AVAILABLE_AT_SITE'`) };
  },
  createPatient: ({ tag }) =>
    Promise.resolve({
      input: { firstName: 'Role', lastName: tag, customerId: NORTHSIDE_ID },
      effect: `exists (select from patient where last_name = '${tag}')`,
    }),
  updatePatient: ({ tag, subject: { patientId } }) =>
    Promise.resolve({
      input: { patientId, lastName: tag },
      effect: `exists (select from patient where id = ${patientId} and last_name = '${tag}')`,
    }),
  archivePatient: async (prepare) => {
    const patientId = await prepare.patient();
    return { input: { patientId }, effect: patient(patientId, 'archived_at is not null') };
  },
  unarchivePatient: async (prepare) => {
    const patientId = await prepare.patient('now()');
    return { input: { patientId }, effect: patient(patientId, 'archived_at is null') };
  },
  createSite: ({ tag }) =>
    Promise.resolve({
      input: { name: tag, customerId: NORTHSIDE_ID },
      effect: `exists (select from site where name = '${tag}')`,
    }),
  updateSite: ({ tag, subject: { siteId } }) =>
    Promise.resolve({
      input: { siteId, name: tag },
      effect: `exists (select from site where id = ${siteId} and name = '${tag}')`,
    }),
  deactivateSite: async (prepare) => {
    const siteId = await prepare.site();
    return { input: { siteId }, effect: site(siteId, 'deactivated_at is not null') };
  },
  reactivateSite: async (prepare) => {
    const siteId = await prepare.site('now()');
    return { input: { siteId }, effect: site(siteId, 'deactivated_at is null') };
  },
  createCustomer: ({ tag }) =>
    Promise.resolve({ input: { name: tag }, effect: `exists (select from customer where name = '${tag}')` }),
  updateCustomer: async ({ tag, app }) => {
    const { rows } = await app.admin.query<{ id: string }>('insert into customer (name) values ($1) returning id', [
      tag,
    ]);
    const customerId = rows[0]!.id;
    return {
      input: { customerId, active: false },
      effect: `exists (select from customer where id = ${customerId} and deactivated_at is not null)`,
    };
  },
  createItem: ({ tag }) =>
    Promise.resolve({
      input: { name: tag, readingKinds: ['WEIGHT'] },
      effect: `exists (select from item where name = '${tag}')`,
    }),
  updateItem: ({ tag }) =>
    Promise.resolve({
      input: { itemId: '1', manufacturer: tag },
      effect: `exists (select from item where id = 1 and manufacturer = '${tag}')`,
    }),
  createWarehouse: ({ tag }) =>
    Promise.resolve({
      input: { name: tag },
      effect: `exists (select from site where customer_id = 0 and name = '${tag}')`,
    }),
  updateWarehouse: ({ tag }) =>
    Promise.resolve({
      input: { siteId: WAREHOUSE_ID, name: tag },
      effect: `exists (select from site where id = ${WAREHOUSE_ID} and name = '${tag}')`,
    }),
  registerDevice: ({ tag, subject: { siteId } }) =>
    Promise.resolve({
      input: {
        customerId: NORTHSIDE_ID,
        itemId: '1',
        siteId,
        identifiers: [{ type: 'SERIAL', value: tag }],
      },
      effect: `exists (select from device_identifier where value = '${tag}')`,
    }),
  registerDevices: ({ tag, subject: { siteId } }) =>
    Promise.resolve({
      input: {
        devices: [{ customerId: NORTHSIDE_ID, itemId: '1', siteId, identifiers: [{ type: 'SERIAL', value: tag }] }],
      },
      effect: `exists (select from device_identifier where value = '${tag}')`,
    }),
  createPatients: ({ tag }) =>
    Promise.resolve({
      input: { patients: [{ firstName: 'Role', lastName: tag, customerId: NORTHSIDE_ID }] },
      effect: `exists (select from patient where last_name = '${tag}')`,
    }),
  recordReadings: async (prepare) => {
    const deviceId = await prepare.free();
    return {
      input: { readings: [{ deviceId, takenAt: new Date().toISOString(), weight: { value: 181, unit: 'POUND' } }] },
      effect: `exists (select from reading where device_id = ${deviceId})`,
    };
  },
  createOrder: ({ tag, subject: { patientId } }) =>
    Promise.resolve({
      input: { patientId, externalOrderId: tag, lines: [{ itemId: '1', quantity: 1 }] },
      effect: `exists (select from device_order where external_order_id = '${tag}')`,
    }),
  cancelOrder: async (prepare) => {
    const orderId = await prepare.order();
    return { input: { orderId }, effect: order(orderId, 'CANCELLED') };
  },
  replaceDevice: async (prepare) => {
    const deviceId = await prepare.held();
    return { input: { deviceId }, effect: device(deviceId, 'return_order_id is not null') };
  },
  cancelReturn: async (prepare) => {
    const deviceId = await prepare.device({ status: 'RETURNING', siteId: null, onReturnLeg: true });
    return {
      input: { deviceId, siteId: prepare.subject.siteId, reason: 'Not needed' },
      effect: device(deviceId, `current_status = 'AVAILABLE_AT_SITE' and return_order_id is null`),
    };
  },
  processOrder: async (prepare) => {
    const orderId = await prepare.order();
    return { input: { orderId }, effect: order(orderId, 'PROCESSED') };
  },
  shipOrder: async (prepare) => {
    const orderId = await prepare.order('processOrder');
    return { input: { orderId }, effect: order(orderId, 'SHIPPED') };
  },
  markOrderReadyForPickup: async (prepare) => {
    const orderId = await prepare.order('processOrder', 'shipOrder');
    return { input: { orderId }, effect: order(orderId, 'AVAILABLE_FOR_PICKUP') };
  },
  deliverOrder: async (prepare) => {
    const orderId = await prepare.order('processOrder', 'shipOrder');
    return { input: { orderId }, effect: order(orderId, 'DELIVERED') };
  },
  receiveReturn: async (prepare) => {
    const deviceId = await prepare.device({ status: 'RETURNING', siteId: null, onReturnLeg: true });
    return {
      input: { deviceId, siteId: WAREHOUSE_ID, outcome: 'RESTOCK' },
      effect: device(deviceId, `current_status = 'AVAILABLE' and site_id = ${WAREHOUSE_ID}`),
    };
  },
  createApiKey: ({ tag }) =>
    Promise.resolve({
      input: { name: tag, role: 'INGEST', customerId: NORTHSIDE_ID },
      effect: `exists (select from api_key where name = '${tag}')`,
    }),
  revokeApiKey: async (prepare) => {
    const apiKeyId = await prepare.apiKey();
    return {
      input: { apiKeyId },
      effect: `exists (select from api_key where id = ${apiKeyId} and revoked_at is not null)`,
    };
  },
  createWebhook: ({ tag }) => {
    const url = `${NOWHERE}/${tag}`;
    return Promise.resolve({
      input: { url, eventTypes: ['ORDER_STATUS'], customerId: NORTHSIDE_ID },
      effect: `exists (select from webhook where url = '${url}')`,
    });
  },
  updateWebhook: async (prepare) => {
    const { webhookId } = await prepare.webhook();
    return {
      input: { webhookId, eventTypes: ['ORDER_STATUS'] },
      effect: webhook(webhookId, `event_types = '{ORDER_STATUS}'`),
    };
  },
  disableWebhook: async (prepare) => {
    const { webhookId } = await prepare.webhook(true);
    return { input: { webhookId }, effect: webhook(webhookId, 'not active') };
  },
  enableWebhook: async (prepare) => {
    const { webhookId } = await prepare.webhook();
    return { input: { webhookId }, effect: webhook(webhookId, 'active') };
  },
  deleteWebhook: async (prepare) => {
    const { webhookId } = await prepare.webhook();
    return { input: { webhookId }, effect: `not ${webhook(webhookId, 'removed_at is null')}` };
  },
  rotateWebhookSecret: async (prepare) => {
    const { webhookId } = await prepare.webhook();
    return { input: { webhookId }, effect: webhook(webhookId, 'previous_secret is not null') };
  },
  sendTestWebhook: async (prepare) => {
    const { webhookId } = await prepare.webhook();
    return {
      input: { webhookId, eventType: 'ORDER_STATUS' },
      effect: `exists (select from webhook_delivery where webhook_id = ${webhookId} and is_test)`,
    };
  },
  retryWebhookPlanning: async (prepare) => {
    const { webhookId } = await prepare.webhook();
    const id = await prepare.planningFailure(webhookId);
    return {
      input: { webhookPlanningFailureId: id },
      effect: `not exists (select from webhook_event where id = ${id} and set_aside_at is not null)`,
    };
  },
  retryWebhookDelivery: async (prepare) => {
    const { deliveryId } = await prepare.webhook();
    return {
      input: { deliveryId },
      effect: `exists (select from webhook_delivery where id = ${deliveryId} and status = 'PENDING')`,
    };
  },
};

/** @throws Error when the mutation is missing in ALLOWED_MUTATIONS */
export function prepareMutation(app: TestApp, subject: Subject, name: string, tag: string): Promise<AllowedMutation> {
  const prepare = ALLOWED_MUTATIONS[name];
  if (!prepare) throw new Error(`Add a successful call of ${name} to allowed-mutations.harness.ts.`);
  return prepare(new Preparation(app, subject, tag));
}
