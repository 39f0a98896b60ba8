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

/** What a value in a slot names. */
export type Meaning =
  | { kind: 'node'; types: string[] }
  | { kind: 'text'; text: keyof OwnRows['texts'] }
  | { kind: 'cursor' }
  /** Rows that everybody may see. */
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
  apiKeyId: 'ApiKey',
};

/** Texts that name rows, by the name of the argument, or of the input type and its member. */
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
  'SiteConnection.search': 'siteName',
  'PatientFilter.email': 'email',
  'PatientFilter.zipCode': 'zipCode',
  'OrderFilter.externalOrderIds': 'externalOrderId',
  'WebhookDeliveryFilter.eventIds': 'eventId',
};

/** Texts that are written and name no row. */
const WRITTEN = new Set([
  'note',
  'firstName',
  'lastName',
  'phoneNumber',
  'CreatePatientInput.email',
  'UpdatePatientInput.email',
  'CreateApiKeyInput.name',
  'CreateSiteInput.name',
  'UpdateSiteInput.name',
  'CreateOrderInput.externalOrderId',
  'ParcelInput.carrier',
  'ParcelInput.trackingNumber',
  'ParcelInput.trackingUrl',
  'CreateWebhookInput.url',
  'UpdateWebhookInput.url',
]);
const SCALARS_WITHOUT_ROWS = new Set(['Int', 'Float', 'Boolean', 'DateTime', 'Date', 'TimeZone']);

/**
 * @throws for a slot that the probe does not know how to fill: whoever adds one says here what it names
 */
export function meaningOf(schema: GraphQLSchema, field: Field, slot: Slot): Meaning {
  const name = slot.path.at(-1)!;
  const answered = getNamedType(field.type);
  const full = `${slot.owner ?? answered.name}.${name}`;
  // Nested lists have smaller filters of their own: what a member names is the same.
  const ofFilter = full.replace(/^(Site|Patient|Device)(?=(Device|Patient|Order|Reading)Filter)/, '');
  const singular = name.replace(/s$/, '');
  if (isEnumType(slot.type) || SCALARS_WITHOUT_ROWS.has(slot.type.name)) return { kind: 'nothing' };
  if (singular === 'itemId' || ['ItemFilter.skus', 'ItemConnection.search'].includes(full)) return { kind: 'public' };
  if (slot.type.name === 'ID') {
    if (slot.owner === undefined && (name === 'id' || name === 'ids')) {
      return {
        kind: 'node',
        types: isNodeType(answered) ? [answered.name] : nodeTypes(schema).map((type) => type.name),
      };
    }
    if (NODES[singular] !== undefined) return { kind: 'node', types: [NODES[singular]] };
  }
  if (slot.type.name === 'String') {
    if (slot.owner === undefined && (name === 'after' || name === 'before')) return { kind: 'cursor' };
    const text = TEXTS[ofFilter] ?? TEXTS[singular];
    if (text !== undefined) return { kind: 'text', text };
    if (WRITTEN.has(full) || WRITTEN.has(name) || slot.owner === 'AddressInput') return { kind: 'nothing' };
  }
  throw new Error(
    `The isolation probe does not know what ${slot.owner === undefined ? name : full}: ${slot.type.name} of ${field.name} names.`,
  );
}

/** A value of the other customer, the one of nothing that stands against it, and the caller's own. */
export interface Triple {
  foreign: string;
  missing: string;
  own: string;
}

export interface Probe {
  container: Container;
  /** Which field, e.g. `Query.device` or `Site.devices`. */
  place: string;
  /** E.g. `Site.devices(filter.patientIds)`. */
  path: string;
  /** Whether lists have an own value behind the other customer's. */
  mode: 'alone' | 'with own';
  /** The operation and its variables with the other customer's values, and with those of nothing. */
  document: string;
  foreign: Record<string, unknown>;
  missing: Record<string, unknown>;
  /** All values that differ between the two. */
  values: Triple[];
}

export interface Parties {
  schema: GraphQLSchema;
  /** Whose rows are asked for. */
  foreign: OwnRows;
  /** Who asks. */
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
    // As long as the real one; a ZIP code that is not given out.
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

/** Where a field is asked for: at the root, or below a row of the asking customer. */
export interface Container {
  place: string;
  field: Field;
  /** Wraps the field's selection; its variable `$container` is declared when `id` is given. */
  type?: string;
  id?: string;
}

const namesRow = (schema: GraphQLSchema, field: Field, slot: Slot) => meaningOf(schema, field, slot).kind !== 'nothing';

/** Each field with arguments below Query: the root's, and those of each type of node, below the given rows. */
export function readContainers(schema: GraphQLSchema, rows: Readonly<Record<string, string[]>>): Container[] {
  const root = Object.values(schema.getQueryType()!.getFields());
  const below = Object.values(schema.getTypeMap()).flatMap((type): Container[] => {
    if (!isObjectType(type) || type.name.startsWith('__') || /^(Query|Mutation|Subscription)$/.test(type.name))
      return [];
    return (
      Object.values(type.getFields())
        .filter(({ args }) => args.length > 0)
        // Values, such as numbers of a chart, are read with the field that they belong to.
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

/** The operation that asks for one field. */
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

/** Each slot of a field by itself, in each form; lists also together with an own value; then all slots at once. */
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

/** The variables that are the same in all probes of a container: its id, what the field needs, and a page that keeps answers short. */
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

/** Cursors of the other customer in each list, asked for by itself below its own rows. */
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
    const answer = (container.id === undefined ? data : data.node) as Record<string, Listed | undefined>;
    const { endCursor } = answer[container.field.name]!.pageInfo;
    if (endCursor !== null && !cursors.has(container.place)) cursors.set(container.place, endCursor);
  }
  return cursors;
}

/** A whole answer as a text in which the values that were asked for are blanked. */
export function answerText(answer: unknown, values: readonly string[]): string {
  let text = JSON.stringify(answer);
  for (const value of values) {
    const quoted = JSON.stringify(value);
    text = text.replaceAll(quoted, '"#"').replaceAll(JSON.stringify(quoted).slice(1, -1), '\\"#\\"');
  }
  return text;
}
