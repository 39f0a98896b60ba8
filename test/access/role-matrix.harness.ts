import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { generateApiKey, hashApiKey } from '../../src/platform/access/access.service';
import { Role } from '../../src/platform/access/policy';
import { NOWHERE } from '../isolation/own-webhook';
import { globalId } from '../support/global-id';
import { callOf, selectionOf, type Field } from '../support/schema-walk';
import { KEYS, type TestApp } from '../support/test-app';

export const ROLES = Object.values(Role);

const READERS = [Role.ADMIN, Role.MEMBER, Role.READ_ONLY, Role.OPERATOR];
const MEMBERS = [Role.ADMIN, Role.MEMBER, Role.OPERATOR];
const RECORDERS = [Role.ADMIN, Role.MEMBER, Role.INGEST, Role.OPERATOR];
const ADMINS: readonly Role[] = [Role.ADMIN, Role.OPERATOR];
const OPERATORS = [Role.OPERATOR];

/**
 * Roles that may use each field of a root type, from docs/glossary.md#roles.
 *
 * A copy of the policy, so that a mistake in the policy fails the tests.
 */
export const ALLOWED: Readonly<Record<string, readonly Role[]>> = {
  'Query.viewer': ROLES,
  'Query.node': READERS,
  'Query.nodes': READERS,
  'Query.customer': READERS,
  'Query.customers': READERS,
  'Query.device': READERS,
  'Query.deviceByIdentifier': READERS,
  'Query.devices': READERS,
  'Query.deviceCounts': READERS,
  'Query.streamCursor': READERS,
  'Query.patient': READERS,
  'Query.patientByExternalIdentifier': READERS,
  'Query.patients': READERS,
  'Query.readings': READERS,
  'Query.site': READERS,
  'Query.sites': READERS,
  'Query.item': READERS,
  'Query.items': READERS,
  'Query.order': READERS,
  'Query.orderCounts': READERS,
  'Query.orders': READERS,
  'Query.apiKey': ADMINS,
  'Query.apiKeys': ADMINS,
  'Query.webhook': ADMINS,
  'Query.webhooks': ADMINS,
  'Query.webhookDeliveries': ADMINS,
  'Query.webhookPlanningFailure': ADMINS,
  'Query.webhookPlanningFailures': ADMINS,
  'Mutation.associateDevice': MEMBERS,
  'Mutation.associateDevices': MEMBERS,
  'Mutation.associateDeviceWithSite': MEMBERS,
  'Mutation.disassociateDevice': MEMBERS,
  'Mutation.disassociateDevices': MEMBERS,
  'Mutation.updateDeviceIdentifiers': MEMBERS,
  'Mutation.updateDeviceStatuses': MEMBERS,
  'Mutation.updateDeviceStatus': MEMBERS,
  'Mutation.disableDeviceReadings': MEMBERS,
  'Mutation.enableDeviceReadings': MEMBERS,
  'Mutation.createPatient': MEMBERS,
  'Mutation.createPatients': MEMBERS,
  'Mutation.registerDevices': OPERATORS,
  'Mutation.updatePatient': MEMBERS,
  'Mutation.archivePatient': MEMBERS,
  'Mutation.unarchivePatient': MEMBERS,
  'Mutation.createSite': ADMINS,
  'Mutation.updateSite': ADMINS,
  'Mutation.deactivateSite': ADMINS,
  'Mutation.reactivateSite': ADMINS,
  'Mutation.createCustomer': OPERATORS,
  'Mutation.updateCustomer': OPERATORS,
  'Mutation.createItem': OPERATORS,
  'Mutation.updateItem': OPERATORS,
  'Mutation.createWarehouse': OPERATORS,
  'Mutation.updateWarehouse': OPERATORS,
  'Mutation.registerDevice': OPERATORS,
  'Mutation.recordReadings': RECORDERS,
  'Mutation.createOrder': MEMBERS,
  'Mutation.cancelOrder': MEMBERS,
  'Mutation.replaceDevice': MEMBERS,
  'Mutation.cancelReturn': MEMBERS,
  'Mutation.processOrder': OPERATORS,
  'Mutation.shipOrder': OPERATORS,
  'Mutation.markOrderReadyForPickup': OPERATORS,
  'Mutation.deliverOrder': OPERATORS,
  'Mutation.receiveReturn': OPERATORS,
  'Mutation.createApiKey': ADMINS,
  'Mutation.revokeApiKey': ADMINS,
  'Mutation.createWebhook': ADMINS,
  'Mutation.updateWebhook': ADMINS,
  'Mutation.disableWebhook': ADMINS,
  'Mutation.enableWebhook': ADMINS,
  'Mutation.deleteWebhook': ADMINS,
  'Mutation.rotateWebhookSecret': ADMINS,
  'Mutation.sendTestWebhook': ADMINS,
  'Mutation.retryWebhookDelivery': ADMINS,
  'Mutation.retryWebhookPlanning': ADMINS,
  'Subscription.deviceIdentifiersChanged': READERS,
  'Subscription.deviceStatusChanged': READERS,
  'Subscription.readingRecorded': READERS,
};

/** The object types that INGEST may query. It sees a reading only in the result of recording it. */
const SEEN_BY_INGEST = ['Customer', 'Viewer'];

/** Whether a role may query objects of a type. */
export function maySee(role: Role, type: string): boolean {
  if (role === Role.INGEST) return SEEN_BY_INGEST.includes(type);
  return ADMINS.includes(role) || !/^(ApiKey|Webhook)/.test(type);
}

/** The rows that the fields are called with. */
export interface Subject {
  deviceId: string;
  patientId: string;
  siteId: string;
  /** Another site of the same customer. */
  otherSiteId: string;
  /** A reading that the device sent. */
  readingId: string;
  /** An order with the status CREATED. */
  orderId: string;
  webhookId: string;
  deliveryId: string;
  planningFailureId: string;
  apiKeyId: string;
  identifier: string;
  externalIdentifier: string;
}

/** The variables of each root field with required arguments. */
export function argumentsOf(subject: Subject): Record<string, Record<string, unknown>> {
  const { deviceId, patientId, siteId, orderId, webhookId, deliveryId, apiKeyId } = subject;
  const { identifier, externalIdentifier } = subject;
  return {
    'Query.node': { id: globalId('Device', deviceId) },
    'Query.nodes': { ids: [globalId('Device', deviceId)] },
    'Query.customer': { id: '1' },
    'Query.device': { id: deviceId },
    'Query.deviceByIdentifier': { identifier },
    'Query.patient': { id: patientId },
    'Query.patientByExternalIdentifier': { externalIdentifier, customerId: '1' },
    'Query.site': { id: siteId },
    'Query.item': { id: '1' },
    'Query.order': { id: orderId },
    'Query.apiKey': { id: apiKeyId },
    'Query.webhook': { id: webhookId },
    'Query.webhookPlanningFailure': { id: subject.planningFailureId },
    'Mutation.associateDevice': { input: { deviceId, patientId } },
    'Mutation.associateDevices': { input: { devices: [{ deviceId, patientId }] } },
    'Mutation.associateDeviceWithSite': { input: { deviceId, siteId } },
    'Mutation.disassociateDevices': { input: { devices: [{ deviceId }] } },
    'Mutation.updateDeviceIdentifiers': {
      input: { deviceId, identifiers: [{ type: 'ICCID', value: '8901260852291234567' }] },
    },
    'Mutation.updateDeviceStatuses': { input: { devices: [{ deviceId, status: 'LOST' }] } },
    'Mutation.disassociateDevice': { input: { deviceId } },
    'Mutation.updateDeviceStatus': { input: { deviceId, status: 'LOST' } },
    'Mutation.disableDeviceReadings': { input: { deviceId } },
    'Mutation.enableDeviceReadings': { input: { deviceId } },
    'Mutation.createPatients': {
      input: { patients: [{ firstName: 'Role', lastName: 'Matrix', customerId: '1' }] },
    },
    'Mutation.registerDevices': {
      input: {
        devices: [
          {
            customerId: '1',
            itemId: '1',
            siteId,
            identifiers: [{ type: 'SERIAL', value: `ROLE-MATRIX-MANY-${identifier}` }],
          },
        ],
      },
    },
    'Mutation.createPatient': { input: { firstName: 'Role', lastName: 'Matrix', customerId: '1' } },
    'Mutation.updatePatient': { input: { patientId, phoneNumber: '+1 555 0100' } },
    'Mutation.archivePatient': { input: { patientId } },
    'Mutation.unarchivePatient': { input: { patientId } },
    'Mutation.createSite': { input: { name: 'Role matrix', customerId: '1' } },
    'Mutation.updateSite': { input: { siteId, phoneNumber: '+1 555 0101' } },
    'Mutation.deactivateSite': { input: { siteId } },
    'Mutation.reactivateSite': { input: { siteId } },
    'Mutation.createCustomer': { input: { name: 'Role matrix' } },
    'Mutation.updateCustomer': { input: { customerId: '2', active: true } },
    'Mutation.createItem': { input: { name: 'Role matrix', readingKinds: ['WEIGHT'] } },
    'Mutation.updateItem': { input: { itemId: '1', manufacturer: 'Role matrix' } },
    'Mutation.createWarehouse': { input: { name: 'Role matrix' } },
    'Mutation.updateWarehouse': { input: { siteId: '1', phoneNumber: '+1 555 0102' } },
    'Mutation.registerDevice': {
      input: {
        customerId: '1',
        itemId: '1',
        siteId,
        identifiers: [{ type: 'SERIAL', value: `ROLE-MATRIX-${identifier}` }],
      },
    },
    'Mutation.recordReadings': {
      input: { readings: [{ deviceId, takenAt: new Date().toISOString(), weight: { value: 181, unit: 'POUND' } }] },
    },
    'Mutation.createOrder': { input: { patientId, lines: [{ itemId: '1', quantity: 1 }] } },
    'Mutation.cancelOrder': { input: { orderId } },
    'Mutation.replaceDevice': { input: { deviceId } },
    'Mutation.cancelReturn': { input: { deviceId, patientId, reason: 'Role matrix' } },
    'Mutation.processOrder': { input: { orderId } },
    'Mutation.shipOrder': { input: { orderId } },
    'Mutation.markOrderReadyForPickup': { input: { orderId } },
    'Mutation.deliverOrder': { input: { orderId } },
    'Mutation.receiveReturn': { input: { deviceId, siteId: '1', outcome: 'RESTOCK' } },
    'Mutation.createApiKey': { input: { name: 'Role matrix', role: 'INGEST', customerId: '1' } },
    'Mutation.revokeApiKey': { input: { apiKeyId } },
    'Mutation.createWebhook': { input: { url: NOWHERE, eventTypes: ['ORDER_STATUS'], customerId: '1' } },
    'Mutation.updateWebhook': { input: { webhookId, eventTypes: ['ORDER_STATUS'] } },
    'Mutation.disableWebhook': { input: { webhookId } },
    'Mutation.enableWebhook': { input: { webhookId } },
    'Mutation.deleteWebhook': { input: { webhookId } },
    'Mutation.rotateWebhookSecret': { input: { webhookId } },
    'Mutation.sendTestWebhook': { input: { webhookId, eventType: 'ORDER_STATUS' } },
    'Mutation.retryWebhookDelivery': { input: { deliveryId } },
    'Mutation.retryWebhookPlanning': { input: { webhookPlanningFailureId: subject.planningFailureId } },
  };
}

/** The id that identifies the subject's event in each stream. */
export function markOf({ deviceId, readingId }: Subject): Record<string, string> {
  return {
    'Subscription.deviceIdentifiersChanged': deviceId,
    'Subscription.deviceStatusChanged': deviceId,
    'Subscription.readingRecorded': readingId,
  };
}

export interface RootField {
  /** E.g. `Query.device`. */
  name: string;
  operation: 'query' | 'mutation' | 'subscription';
  field: Field;
}

export function rootFields(schema: GraphQLSchema): RootField[] {
  const of = (operation: RootField['operation'], type: GraphQLObjectType | null | undefined) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({
      name: `${type!.name}.${field.name}`,
      operation,
      field: field as Field,
    }));
  return [
    ...of('query', schema.getQueryType()),
    ...of('mutation', schema.getMutationType()),
    ...of('subscription', schema.getSubscriptionType()),
  ];
}

/**
 * The operation that selects one root field with all its subfields.
 *
 * @param neighbor further selection
 */
export function operationOf(
  schema: GraphQLSchema,
  { operation, field }: RootField,
  variables: Record<string, unknown>,
  neighbor = '',
): string {
  const { call, declarations } = callOf(field, variables);
  const head = declarations.length === 0 ? operation : `${operation} (${declarations.join(', ')})`;
  return `${head} { ${call} ${selectionOf(schema, getNamedType(field.type))} ${neighbor} }`;
}

/** A field on the path to a type, with its parent type and the followed one of its result types. */
export interface Step {
  parent: GraphQLObjectType;
  field: Field;
  to: GraphQLObjectType;
}

/** The shortest path of fields from Query to each object type. */
export function pathsToTypes(schema: GraphQLSchema, roots: readonly string[]): Map<string, Step[]> {
  const paths = new Map<string, Step[]>();
  const query = schema.getQueryType()!;
  const queue: { type: GraphQLObjectType; path: Step[] }[] = [{ type: query, path: [] }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { type: parent, path } = next;
    // The viewer is last, because an operator's viewer has no customer.
    const isViewer = ({ name }: { name: string }) => Number(parent === query && name === 'viewer');
    const fields = Object.values(parent.getFields()).sort((a, b) => isViewer(a) - isViewer(b));
    for (const field of fields as Field[]) {
      if (parent === query && !roots.includes(`Query.${field.name}`)) continue;
      for (const to of resultTypesOf(schema, field).filter(({ name }) => !paths.has(name))) {
        paths.set(to.name, [...path, { parent, field, to }]);
        queue.push({ type: to, path: paths.get(to.name)! });
      }
    }
  }
  return paths;
}

/** The object types that a field returns. For a list of an interface, all its types. */
function resultTypesOf(schema: GraphQLSchema, field: Field): readonly GraphQLObjectType[] {
  const type: GraphQLNamedType = getNamedType(field.type);
  if (isObjectType(type)) return [type];
  const isFollowed = isInterfaceType(type) && type.name !== 'Node' && isListType(getNullableType(field.type));
  return isFollowed ? schema.getPossibleTypes(type) : [];
}

/** A key for each role, of Northside or of the operators. There is no demo key for MEMBER. */
export async function keysOfRoles(app: TestApp): Promise<Record<Role, { key: string }>> {
  const member = generateApiKey();
  await app.admin.query(
    `insert into api_key (customer_id, name, role, secret_hash) values (1, 'Role matrix', 'MEMBER', $1)`,
    [hashApiKey(member)],
  );
  return {
    ADMIN: { key: KEYS.northside },
    MEMBER: { key: member },
    READ_ONLY: { key: KEYS.readOnly },
    INGEST: { key: KEYS.ingest },
    OPERATOR: { key: KEYS.operator },
  };
}
