import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { GraphQLInterfaceType, GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type ClassType } from 'type-graphql';
import { DeviceAssociationResolver, DeviceStatusChangeResolver } from '../device/device-history.resolver';
import { PatientDevicesResolver, SiteDevicesResolver } from '../device/device-links.resolver';
import { DeviceOperationsResolver } from '../device/device-operations.resolver';
import { DeviceOperationsService } from '../device/device-operations.service';
import { DeviceStatusSubscription } from '../device/device-status.subscription';
import { DeviceCountResolver, DeviceResolver } from '../device/device.resolver';
import { DEVICE_SAMPLES } from '../device/device.messages';
import { DeviceService } from '../device/device.service';
import { RegisterDeviceService } from '../device/register-device.service';
import { ItemResolver } from '../item/item.resolver';
import { ItemService } from '../item/item.service';
import { CreateOrderService } from '../order/create-order.service';
import { DeviceOrdersResolver, PatientOrdersResolver, SiteOrdersResolver } from '../order/order-links.resolver';
import { OrderOperationsResolver } from '../order/order-operations.resolver';
import { OrderProgressService } from '../order/order-progress.service';
import { ORDER_SAMPLES } from '../order/order.events';
import { OrderEventResolver, OrderItemResolver, OrderResolver } from '../order/order.resolver';
import { OrderService } from '../order/order.service';
import { ProcessOrderService } from '../order/process-order.service';
import { ReceiveReturnService } from '../order/receive-return.service';
import { ReplaceDeviceService } from '../order/replace-device.service';
import { SitePatientsResolver } from '../patient/patient-links.resolver';
import { PatientResolver } from '../patient/patient.resolver';
import { PatientService } from '../patient/patient.service';
import { ReadingResolver } from '../reading/reading.resolver';
import { DeviceReadingsResolver, PatientReadingsResolver } from '../reading/reading-links.resolver';
import { READING_SAMPLES } from '../reading/reading.messages';
import { ReadingService } from '../reading/reading.service';
import { ReadingSubscription } from '../reading/reading.subscription';
import { READING_TYPES } from '../reading/reading.type';
import type { RecordReadingsInput } from '../reading/record-readings.input';
import { RecordReadingsService } from '../reading/record-readings.service';
import { ZoneOffsets } from '../reading/zone-offsets';
import type { RequestContext } from '../request/request-context';
import { systemClock, type Clock } from '../shared/clock';
import { toGlobalId } from '../shared/global-id';
import { SiteResolver } from '../site/site.resolver';
import { SiteService } from '../site/site.service';
import { ViewerResolver } from '../viewer/viewer.resolver';
import { SecretBox } from '../webhook/secret-box';
import { WebhookDeliveryResolver, WebhookResolver } from '../webhook/webhook.resolver';
import { WebhookService } from '../webhook/webhook.service';
import { NodeResolver } from './node.resolver';

const ROOT_DESCRIPTIONS: Record<string, string> = {
  Query: 'What can be read. Fields at the root are nullable, so that one refusal does not blank its neighbours.',
  Mutation:
    'What can be changed. What a caller can cause and correct comes back in `userErrors`, as data; then the rest of the payload is null and nothing was changed.',
  Subscription: 'What can be followed live, over WebSocket (graphql-transport-ws) at the same path.',
};

/** What resolvers need of the process. */
export interface SchemaParts {
  /** By which the bounds of times are judged. */
  clock: Clock;
  /** Seals the secrets of webhooks. */
  webhookSecrets: SecretBox;
  /** In demo mode webhooks may be on this machine. */
  allowsLoopback: boolean;
}

function defaultParts(): SchemaParts {
  return { clock: systemClock, webhookSecrets: new SecretBox(randomBytes(32)), allowsLoopback: false };
}

/** What a test delivery of each type tells. */
const SAMPLES = [...DEVICE_SAMPLES, ...ORDER_SAMPLES, ...READING_SAMPLES];

/** Each resolver once, with the services that it calls. */
function createResolvers({ clock, webhookSecrets, allowsLoopback }: SchemaParts): object[] {
  const devices = new DeviceService();
  const patients = new PatientService();
  const offsets = new ZoneOffsets();
  const readings = new ReadingService(offsets);
  return [
    new NodeResolver(),
    new ViewerResolver(),
    new ItemResolver(new ItemService()),
    new SiteResolver(new SiteService()),
    new PatientResolver(patients),
    new SitePatientsResolver(patients),
    new DeviceResolver(devices),
    new DeviceCountResolver(),
    new DeviceAssociationResolver(),
    new DeviceStatusChangeResolver(),
    new SiteDevicesResolver(devices),
    new PatientDevicesResolver(devices),
    new DeviceOperationsResolver(new DeviceOperationsService(), new RegisterDeviceService()),
    new DeviceStatusSubscription(),
    new ReadingResolver(new RecordReadingsService(clock, offsets)),
    new DeviceReadingsResolver(readings),
    new PatientReadingsResolver(readings),
    new ReadingSubscription(),
    ...createOrderResolvers(),
    new WebhookResolver(new WebhookService({ secrets: webhookSecrets, allowsLoopback, samples: SAMPLES })),
    new WebhookDeliveryResolver(),
  ];
}

function createOrderResolvers(): object[] {
  const orders = new OrderService();
  return [
    new OrderResolver(orders),
    new OrderItemResolver(),
    new OrderEventResolver(),
    new PatientOrdersResolver(orders),
    new SiteOrdersResolver(orders),
    new DeviceOrdersResolver(orders),
    new OrderOperationsResolver(
      new CreateOrderService(),
      new ProcessOrderService(),
      new OrderProgressService(),
      new ReplaceDeviceService(),
      new ReceiveReturnService(),
    ),
  ];
}

/**
 * The executable schema. It holds no state: all that an operation needs is in its RequestContext.
 *
 * @param parts what is not the same everywhere; by default what is enough to look at the schema
 */
export function buildGatewaySchema(parts: Partial<SchemaParts> = {}): GraphQLSchema {
  const instances = new Map(
    createResolvers({ ...defaultParts(), ...parts }).map((resolver) => [resolver.constructor, resolver]),
  );
  const schema = buildSchemaSync({
    resolvers: [...instances.keys()] as unknown as [ClassType, ...ClassType[]],
    orphanedTypes: READING_TYPES,
    container: { get: (resolver) => instances.get(resolver as ClassType) },
    // Rules of inputs belong to services, which answer them as userErrors.
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  for (const type of Object.values(schema.getTypeMap())) {
    if (type instanceof GraphQLInterfaceType) type.resolveType = (row: { __typename: string }) => row.__typename;
    if (type instanceof GraphQLObjectType) completeType(type);
  }
  const readings = instances.get(ReadingResolver) as ReadingResolver;
  // type-graphql would copy each of a thousand readings into objects of its input classes, which takes as long as to check them.
  schema.getMutationType()!.getFields().recordReadings!.resolve = (_root, { input }: RecordReadingsArgs, ctx) =>
    readings.recordReadings(ctx as RequestContext, input);
  return schema;
}

interface RecordReadingsArgs {
  input: RecordReadingsInput;
}

function completeType(type: GraphQLObjectType): void {
  const description = ROOT_DESCRIPTIONS[type.name];
  if (description !== undefined) type.description = description;
  if (!type.getInterfaces().some((implemented) => implemented.name === 'Node')) return;
  const { id, databaseId } = type.getFields();
  id!.resolve = (row: { id: string }) => toGlobalId(type.name, row.id);
  databaseId!.resolve = (row: { id: string }) => row.id;
}

/** type-graphql asks for one although every subscription brings its own `subscribe`. */
const NO_PUB_SUB = {
  publish: () => {
    throw new Error('Events go through the outbox.');
  },
  subscribe: () => {
    throw new Error('Subscriptions follow the event stream.');
  },
};
