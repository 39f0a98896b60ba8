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
 * Who may do what, from docs/glossary.md#roles: every field of a root type is in it.
 *
 * Written here once more, so that a slip in the policy is not its own proof.
 */
export const ALLOWED: Readonly<Record<string, readonly Role[]>> = {
  'Query.viewer': ROLES,
  'Query.node': READERS,
  'Query.nodes': READERS,
  'Query.customers': READERS,
  'Query.device': READERS,
  'Query.deviceByIdentifier': READERS,
  'Query.devices': READERS,
  'Query.deviceCounts': READERS,
  'Query.streamCursor': READERS,
  'Query.patient': READERS,
  'Query.patientByExternalIdentifier': READERS,
  'Query.patients': READERS,
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
  'Mutation.associateDevice': MEMBERS,
  'Mutation.associateDeviceWithSite': MEMBERS,
  'Mutation.disassociateDevice': MEMBERS,
  'Mutation.updateDeviceStatus': MEMBERS,
  'Mutation.disableDeviceReadings': MEMBERS,
  'Mutation.enableDeviceReadings': MEMBERS,
  'Mutation.createPatient': MEMBERS,
  'Mutation.updatePatient': MEMBERS,
  'Mutation.archivePatient': MEMBERS,
  'Mutation.unarchivePatient': MEMBERS,
  'Mutation.createSite': ADMINS,
  'Mutation.updateSite': ADMINS,
  'Mutation.deactivateSite': ADMINS,
  'Mutation.reactivateSite': ADMINS,
  'Mutation.registerDevice': OPERATORS,
  'Mutation.recordReadings': RECORDERS,
  'Mutation.createOrder': MEMBERS,
  'Mutation.cancelOrder': MEMBERS,
  'Mutation.replaceDevice': MEMBERS,
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
  'Subscription.deviceStatusChanged': READERS,
  'Subscription.readingRecorded': READERS,
};

/** The object types that a recorder of readings gets to see by asking; readings it sees when it records them. */
const SEEN_BY_INGEST = ['Customer', 'Viewer'];

/** Whether a role gets to see objects of a type by asking. */
export function maySee(role: Role, type: string): boolean {
  if (role === Role.INGEST) return SEEN_BY_INGEST.includes(type);
  return ADMINS.includes(role) || !/^(ApiKey|Webhook)/.test(type);
}

/** What the fields are called with. */
export interface Subject {
  deviceId: string;
  patientId: string;
  siteId: string;
  /** Another one of the same customer. */
  otherSiteId: string;
  /** Of a reading that the device sent. */
  readingId: string;
  /** Of an order that waits to be processed. */
  orderId: string;
  webhookId: string;
  deliveryId: string;
  apiKeyId: string;
  identifier: string;
  externalIdentifier: string;
}

/** The variables of each root field that has arguments it needs. */
export function argumentsOf(subject: Subject): Record<string, Record<string, unknown>> {
  const { deviceId, patientId, siteId, orderId, webhookId, deliveryId, apiKeyId } = subject;
  const { identifier, externalIdentifier } = subject;
  return {
    'Query.node': { id: globalId('Device', deviceId) },
    'Query.nodes': { ids: [globalId('Device', deviceId)] },
    'Query.device': { id: deviceId },
    'Query.deviceByIdentifier': { identifier },
    'Query.patient': { id: patientId },
    'Query.patientByExternalIdentifier': { externalIdentifier, customerId: '1' },
    'Query.site': { id: siteId },
    'Query.item': { id: '1' },
    'Query.order': { id: orderId },
    'Query.apiKey': { id: apiKeyId },
    'Query.webhook': { id: webhookId },
    'Mutation.associateDevice': { input: { deviceId, patientId } },
    'Mutation.associateDeviceWithSite': { input: { deviceId, siteId } },
    'Mutation.disassociateDevice': { input: { deviceId } },
    'Mutation.updateDeviceStatus': { input: { deviceId, status: 'LOST' } },
    'Mutation.disableDeviceReadings': { input: { deviceId } },
    'Mutation.enableDeviceReadings': { input: { deviceId } },
    'Mutation.createPatient': { input: { firstName: 'Role', lastName: 'Matrix', customerId: '1' } },
    'Mutation.updatePatient': { input: { patientId, phoneNumber: '+1 555 0100' } },
    'Mutation.archivePatient': { input: { patientId } },
    'Mutation.unarchivePatient': { input: { patientId } },
    'Mutation.createSite': { input: { name: 'Role matrix', customerId: '1' } },
    'Mutation.updateSite': { input: { siteId, phoneNumber: '+1 555 0101' } },
    'Mutation.deactivateSite': { input: { siteId } },
    'Mutation.reactivateSite': { input: { siteId } },
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
  };
}

/** By what an event of a stream is known to be of the subject. */
export function markOf({ deviceId, readingId }: Subject): Record<string, string> {
  return { 'Subscription.deviceStatusChanged': deviceId, 'Subscription.readingRecorded': readingId };
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
 * The operation that selects one root field, with all of its answer.
 *
 * @param neighbour selected beside it
 */
export function operationOf(
  schema: GraphQLSchema,
  { operation, field }: RootField,
  variables: Record<string, unknown>,
  neighbour = '',
): string {
  const { call, declarations } = callOf(field, variables);
  const head = declarations.length === 0 ? operation : `${operation} (${declarations.join(', ')})`;
  return `${head} { ${call} ${selectionOf(schema, getNamedType(field.type))} ${neighbour} }`;
}

/** A field on the way to a type, with the type of which it is and the one of its answers that is followed. */
export interface Step {
  parent: GraphQLObjectType;
  field: Field;
  to: GraphQLObjectType;
}

/** The shortest way of fields from Query to each object type: without mutations and subscriptions. */
export function waysToTypes(schema: GraphQLSchema, roots: readonly string[]): Map<string, Step[]> {
  const ways = new Map<string, Step[]>();
  const query = schema.getQueryType()!;
  const queue: { type: GraphQLObjectType; way: Step[] }[] = [{ type: query, way: [] }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { type: parent, way } = next;
    // The viewer last: an operator's has no customer.
    const isViewer = ({ name }: { name: string }) => Number(parent === query && name === 'viewer');
    const fields = Object.values(parent.getFields()).sort((a, b) => isViewer(a) - isViewer(b));
    for (const field of fields as Field[]) {
      if (parent === query && !roots.includes(`Query.${field.name}`)) continue;
      for (const to of answersOf(schema, field).filter(({ name }) => !ways.has(name))) {
        ways.set(to.name, [...way, { parent, field, to }]);
        queue.push({ type: to, way: ways.get(to.name)! });
      }
    }
  }
  return ways;
}

/** The object types that a field answers; of an interface where there are many, each can be among them. */
function answersOf(schema: GraphQLSchema, field: Field): readonly GraphQLObjectType[] {
  const type: GraphQLNamedType = getNamedType(field.type);
  if (isObjectType(type)) return [type];
  const isFollowed = isInterfaceType(type) && type.name !== 'Node' && isListType(getNullableType(field.type));
  return isFollowed ? schema.getPossibleTypes(type) : [];
}

/** A key of each role for Northside, or for the platform; there is no demo key of a MEMBER. */
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
