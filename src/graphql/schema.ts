import 'reflect-metadata';
import { GraphQLInterfaceType, GraphQLObjectType, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type ClassType } from 'type-graphql';
import { DeviceAssociationResolver, DeviceStatusChangeResolver } from '../device/device-history.resolver';
import { PatientDevicesResolver, SiteDevicesResolver } from '../device/device-links.resolver';
import { DeviceOperationsResolver } from '../device/device-operations.resolver';
import { DeviceOperationsService } from '../device/device-operations.service';
import { DeviceStatusSubscription } from '../device/device-status.subscription';
import { DeviceCountResolver, DeviceResolver } from '../device/device.resolver';
import { DeviceService } from '../device/device.service';
import { RegisterDeviceService } from '../device/register-device.service';
import { ItemResolver } from '../item/item.resolver';
import { ItemService } from '../item/item.service';
import { SitePatientsResolver } from '../patient/patient-links.resolver';
import { PatientResolver } from '../patient/patient.resolver';
import { PatientService } from '../patient/patient.service';
import { ReadingResolver } from '../reading/reading.resolver';
import { DeviceReadingsResolver, PatientReadingsResolver } from '../reading/reading-links.resolver';
import { ReadingService } from '../reading/reading.service';
import { ReadingSubscription } from '../reading/reading.subscription';
import { READING_TYPES } from '../reading/reading.type';
import { RecordReadingsService } from '../reading/record-readings.service';
import { ZoneOffsets } from '../reading/zone-offsets';
import { systemClock, type Clock } from '../shared/clock';
import { toGlobalId } from '../shared/global-id';
import { SiteResolver } from '../site/site.resolver';
import { SiteService } from '../site/site.service';
import { ViewerResolver } from '../viewer/viewer.resolver';
import { NodeResolver } from './node.resolver';

const ROOT_DESCRIPTIONS: Record<string, string> = {
  Query: 'What can be read. Fields at the root are nullable, so that one refusal does not blank its neighbours.',
  Mutation:
    'What can be changed. What a caller can cause and correct comes back in `userErrors`, as data; then the rest of the payload is null and nothing was changed.',
  Subscription: 'What can be followed live, over WebSocket (graphql-transport-ws) at the same path.',
};

/** Each resolver once, with the services that it calls. */
function createResolvers(clock: Clock): object[] {
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
  ];
}

/**
 * The executable schema. It holds no state: all that an operation needs is in its RequestContext.
 *
 * @param clock by which the bounds of times are judged
 */
export function buildGatewaySchema(clock: Clock = systemClock): GraphQLSchema {
  const instances = new Map(createResolvers(clock).map((resolver) => [resolver.constructor, resolver]));
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
  return schema;
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
