import { isEnumType, isObjectType, getNamedType, type GraphQLSchema } from 'graphql';
import { globalId } from '../support/global-id';
import {
  isConnection,
  nodeTypes,
  REQUIRED_ARGUMENTS,
  selectionOf,
  slotsOf,
  callOf,
  variablesOf,
  isNodeType,
  type Field,
  type Slot,
} from '../support/schema-walk';
import type { CallerName, TestApp } from '../support/test-app';
import { formsOf, MISSING_ID, type OwnRows } from './two-customers.harness';

/** What a value in a slot refers to. */
export type Meaning =
  | { kind: 'node'; types: string[] }
  | { kind: 'text'; text: keyof OwnRows['texts'] }
  | { kind: 'cursor' }
  /** Rows that all callers may see. */
  | { kind: 'public' }
  | { kind: 'nothing' };

const NODES: Readonly<Record<string, string>> = {
  customerId: 'Customer',
  deviceId: 'Device',
  patientId: 'Patient',
  siteId: 'Site',
  orderId: 'Order',
  webhookId: 'Webhook',
  deliveryId: 'WebhookDelivery',
  webhookPlanningFailureId: 'WebhookPlanningFailure',
  apiKeyId: 'ApiKey',
};

/** Texts that refer to rows, by the name of the argument, or of the input type and its member. */
const TEXTS: Readonly<Record<string, keyof OwnRows['texts']>> = {
  identifier: 'identifier',
  deviceIdentifier: 'identifier',
  'DeviceIdentifierInput.value': 'identifier',
  externalIdentifier: 'externalIdentifier',
  patientExternalIdentifier: 'externalIdentifier',
  'ApiKeyConnection.search': 'apiKeyName',
  'CustomerConnection.search': 'customerName',
  'DeviceConnection.search': 'identifier',
  'PatientConnection.search': 'patientName',
  'PatientFilter.name': 'patientName',
  'SiteConnection.search': 'siteName',
  'PatientFilter.email': 'email',
  'PatientFilter.zipCode': 'zipCode',
  'OrderFilter.externalOrderIds': 'externalOrderId',
  'PatientOrderFilter.externalOrderIds': 'patientOrderId',
  'WebhookDeliveryFilter.eventIds': 'eventId',
  'WebhookDeliveryLogFilter.eventIds': 'eventId',
};

/** Texts that are only written and refer to no row. */
const WRITTEN = new Set([
  'note',
  'reason',
  'firstName',
  'lastName',
  'phoneNumber',
  'CreatePatientInput.email',
  'CreatePatientEntryInput.email',
  'UpdatePatientInput.email',
  'CreateApiKeyInput.name',
  'CreateCustomerInput.name',
  'UpdateCustomerInput.name',
  'CreateItemInput.name',
  'UpdateItemInput.name',
  'model',
  'sku',
  'manufacturer',
  'CreateWarehouseInput.name',
  'UpdateWarehouseInput.name',
  'CreateSiteInput.name',
  'UpdateSiteInput.name',
  'CreateOrderInput.externalOrderId',
  'ReadingInput.sourceId',
  'ParcelInput.carrier',
  'ParcelInput.trackingNumber',
  'ParcelInput.trackingUrl',
  'CreateWebhookInput.url',
  'UpdateWebhookInput.url',
  'idempotencyKey',
]);
const SCALARS_WITHOUT_ROWS = new Set(['Int', 'Float', 'Boolean', 'DateTime', 'Date', 'TimeZone']);

/**
 * @throws for a slot that the probe does not know: a new argument or member must be added here
 */
export function meaningOf(schema: GraphQLSchema, field: Field, slot: Slot): Meaning {
  const name = slot.path.at(-1)!;
  const returned = getNamedType(field.type);
  const full = `${slot.owner ?? returned.name}.${name}`;
  // Nested lists have narrowed filters, whose members have the same meaning.
  const ofFilter = full.replace(/^(Site|Patient|Device)(?=(Device|Patient|Order|Reading)Filter)/, '');
  const singular = name.replace(/s$/, '');
  if (isEnumType(slot.type) || SCALARS_WITHOUT_ROWS.has(slot.type.name)) return { kind: 'nothing' };
  if (singular === 'itemId' || ['ItemFilter.skus', 'ItemConnection.search'].includes(full)) return { kind: 'public' };
  if (slot.type.name === 'ID') {
    if (slot.owner === undefined && (name === 'id' || name === 'ids')) {
      return {
        kind: 'node',
        types: isNodeType(returned) ? [returned.name] : nodeTypes(schema).map((type) => type.name),
      };
    }
    if (NODES[singular] !== undefined) return { kind: 'node', types: [NODES[singular]] };
  }
  if (slot.type.name === 'String') {
    if (slot.owner === undefined && (name === 'after' || name === 'before')) return { kind: 'cursor' };
    // A value that any device of the platform has is taken, so a response says that it exists, but not where.
    if (field.name === 'updateDeviceIdentifiers' && full === 'DeviceIdentifierInput.value') return { kind: 'nothing' };
    const text = TEXTS[full] ?? TEXTS[ofFilter] ?? TEXTS[singular];
    if (text !== undefined) return { kind: 'text', text };
    if (WRITTEN.has(full) || WRITTEN.has(name) || slot.owner === 'AddressInput') return { kind: 'nothing' };
  }
  throw new Error(
    `The isolation probe does not know what ${slot.owner === undefined ? name : full}: ${slot.type.name} of ${field.name} refers to.`,
  );
}

/** A value of the other customer, a comparable value of no row, and a value of the caller. */
export interface Triple {
  foreign: string;
  missing: string;
  own: string;
}

export interface Probe {
  container: Container;
  /** The field, e.g. `Query.device` or `Site.devices`. */
  place: string;
  /** E.g. `Site.devices(filter.patientIds)`. */
  path: string;
  /** Whether lists also contain a value of the caller. */
  mode: 'alone' | 'with own';
  /** The operation, and its variables with the other customer's values and with values of no row. */
  document: string;
  foreign: Record<string, unknown>;
  missing: Record<string, unknown>;
  /** All values that differ between the two. */
  values: Triple[];
}

export interface Parties {
  schema: GraphQLSchema;
  /** Rows of the other customer. */
  foreign: OwnRows;
  /** Rows of the caller. */
  own: OwnRows;
  /** A cursor of the other customer in the list of this field. */
  foreignCursors: ReadonlyMap<string, string>;
}

/** The values to try in a slot. */
export function triplesOf(
  { schema, foreign, own, foreignCursors }: Parties,
  place: string,
  field: Field,
  slot: Slot,
): Triple[] {
  const meaning = meaningOf(schema, field, slot);
  if (meaning.kind === 'node') {
    return meaning.types.flatMap((type) => {
      if (!(type in foreign.ids)) {
        if (type === 'Item') return [];
        throw new Error(`The isolation probe has no row of the type ${type}.`);
      }
      const key = type as keyof OwnRows['ids'];
      const missing = formsOf(type, MISSING_ID);
      const ownForms = formsOf(type, own.ids[key]);
      return formsOf(type, foreign.ids[key]).map((value, form) => ({
        foreign: value,
        missing: missing[form]!,
        own: ownForms[form]!,
      }));
    });
  }
  if (meaning.kind === 'text') {
    const value = foreign.texts[meaning.text];
    // A text of similar length; for a ZIP code, one that does not exist.
    const missing = meaning.text === 'zipCode' ? '00000' : value.replace(/[a-z](?=[^a-z]*$)/i, 'q') + 'q';
    return [{ foreign: value, missing, own: own.texts[meaning.text] }];
  }
  if (meaning.kind === 'cursor') {
    const cursor = foreignCursors.get(place);
    if (cursor === undefined) throw new Error(`There is no cursor of ${place}.`);
    return [{ foreign: cursor, missing: 'A'.repeat(cursor.length), own: 'A'.repeat(cursor.length) }];
  }
  return [];
}

/** Where a field is selected: at the root, or below a row of the caller. */
export interface Container {
  place: string;
  field: Field;
  /** Wraps the field's selection; its variable `$container` is declared when `id` is given. */
  type?: string;
  id?: string;
}

const namesRow = (schema: GraphQLSchema, field: Field, slot: Slot) => meaningOf(schema, field, slot).kind !== 'nothing';

/** Each field with arguments: root fields, and fields of each node type, below the given rows. */
export function readContainers(schema: GraphQLSchema, rows: Readonly<Record<string, string[]>>): Container[] {
  const root = Object.values(schema.getQueryType()!.getFields());
  const below = Object.values(schema.getTypeMap()).flatMap((type): Container[] => {
    if (!isObjectType(type) || type.name.startsWith('__') || /^(Query|Mutation|Subscription)$/.test(type.name))
      return [];
    return (
      Object.values(type.getFields())
        .filter(({ args }) => args.length > 0)
        // Fields of other types, e.g. numbers of a trend, are read with the field that returns the type.
        .filter((field) => isNodeType(type) || slotsOf(field.args).some((slot) => namesRow(schema, field, slot)))
        .flatMap((field) => {
          const ids = rows[type.name];
          if (!ids)
            throw new Error(
              `${type.name}.${field.name} has arguments, and the isolation probe has no row of that type.`,
            );
          return ids.map((id) => ({ place: `${type.name}.${field.name}`, field, type: type.name, id }));
        })
    );
  });
  return [
    ...root.filter(({ args }) => args.length > 0).map((field) => ({ place: `Query.${field.name}`, field })),
    ...below,
  ];
}

/** The operation that selects one field. */
export function documentOf(schema: GraphQLSchema, container: Container, variables: Record<string, unknown>): string {
  const { field, type } = container;
  const { call, declarations } = callOf(field, variables);
  const selection = `${call} ${selectionOf(schema, getNamedType(field.type))}`;
  if (type === undefined) return `query Probe${declared(declarations)} { ${selection} }`;
  return `query Probe${declared(['$container: ID!', ...declarations])} { node(id: $container) { ... on ${type} { ${selection} } } }`;
}

function declared(declarations: string[]): string {
  return declarations.length === 0 ? '' : `(${declarations.join(', ')})`;
}

/** Probes for each slot alone, in each form; for lists also together with a value of the caller; and for all slots at once. */
export function readProbes(parties: Parties, container: Container): Probe[] {
  const { field, place } = container;
  const slots = slotsOf(field.args).map((slot) => ({ slot, triples: triplesOf(parties, place, field, slot) }));
  const naming = slots.filter(({ triples }) => triples.length > 0);
  const probes = naming.flatMap(({ slot, triples }) =>
    triples.flatMap((triple) => {
      const others = naming
        .filter((other) => other.slot !== slot && other.slot.isRequired)
        .map((other) => ({ slot: other.slot, triple: other.triples[0]! }));
      const path = `${place}(${slot.path.join('.')})`;
      const alone = probe(parties, container, path, [{ slot, triple }, ...others]);
      return slot.isList
        ? [alone, probe(parties, container, path, [{ slot, triple }, ...others], 'with own')]
        : [alone];
    }),
  );
  const filters = naming
    .filter(({ slot }) => !/^(after|before)$/.test(slot.path[0]!))
    .map(({ slot, triples }) => ({ slot, triple: triples[0]! }));
  return filters.length > 1 ? [...probes, probe(parties, container, `${place}(all)`, filters)] : probes;
}

/** Variables that all probes of a container share: its id, required arguments, and a small page size. */
function fixedOf({ place, field, type, id }: Container): Record<string, unknown> {
  return {
    ...REQUIRED_ARGUMENTS[place],
    ...(id !== undefined && { container: globalId(type!, id) }),
    ...(isConnection(field) && { first: 3 }),
  };
}

function probe(
  { schema }: Parties,
  container: Container,
  path: string,
  filled: { slot: Slot; triple: Triple }[],
  mode: Probe['mode'] = 'alone',
): Probe {
  const side = (name: 'foreign' | 'missing') =>
    variablesOf(
      container.field.args,
      new Map(
        filled.map(({ slot, triple }): [Slot, unknown] => {
          if (!slot.isList) return [slot, triple[name]];
          return [slot, mode === 'alone' ? [triple[name]] : [triple[name], triple.own]];
        }),
      ),
    );
  const fixed = fixedOf(container);
  const foreign = { ...side('foreign'), ...fixed };
  return {
    container,
    place: container.place,
    path,
    mode,
    document: documentOf(schema, container, foreign),
    foreign,
    missing: { ...side('missing'), ...fixed },
    values: filled.map(({ triple }) => triple),
  };
}

interface Listed {
  pageInfo: { endCursor: string | null };
}

/** Cursors of the other customer in each list, read by that customer below its own rows. */
export async function cursorsOf(
  app: TestApp,
  schema: GraphQLSchema,
  caller: CallerName,
  containers: Container[],
): Promise<Map<string, string>> {
  const cursors = new Map<string, string>();
  for (const container of containers.filter(({ field }) => isConnection(field))) {
    const document = documentOf(schema, container, fixedOf(container));
    const data = await app.data<Record<string, unknown>>(caller, document, fixedOf(container));
    const parent = (container.id === undefined ? data : data.node) as Record<string, Listed | undefined>;
    const { endCursor } = parent[container.field.name]!.pageInfo;
    if (endCursor !== null && !cursors.has(container.place)) cursors.set(container.place, endCursor);
  }
  return cursors;
}

/** A result as text, with the given values replaced. */
export function resultText(result: unknown, values: readonly string[]): string {
  let text = JSON.stringify(result);
  for (const value of values) {
    const quoted = JSON.stringify(value);
    text = text.replaceAll(quoted, '"#"').replaceAll(JSON.stringify(quoted).slice(1, -1), '\\"#\\"');
  }
  return text;
}
