import { z } from 'zod';
import { toGlobalId } from '../../platform/base/global-id';
import { isInt64 } from '../../platform/base/int64';
import { notFound, type RestCall } from '../../platform/rest/rest-call';
import { pageRoute, route, type RestRoute } from '../../platform/rest/route';
import { numberParameter, text, time } from '../../platform/rest/shapes';
import { capitalize } from '../kind/kind-definition';
import { KINDS, type Kind } from '../kind/reading-kind';
import { recordRoute } from './record-reading.rest';
import { readingShape, toRestReading } from './reading-shape.rest';
import type { ReadingRow } from './reading.row';

/** The routes of a kind, derived from its definition. */
function routesOf(kind: Kind): RestRoute[] {
  const words = kind.kind.toLowerCase().split('_');
  const path = `/${words.join('-')}-reading`;
  const tag = {
    name: `${capitalize(words.join(' '))} readings`,
    description: `${capitalize(kind.noun)} reading${kind.source === undefined ? '' : `, ${kind.source}`}.`,
  };
  const shape = readingShape(kind);
  return [
    recordRoute(kind, shape, { path, tag }),
    pageRoute({
      path,
      operationId: `list${kind.typeName}s`,
      tag,
      summary: `List ${tag.name.toLowerCase()}`,
      description:
        'Readings of the kind, newest first by the earlier of `readingTimestamp` and `receivedAt`. All given conditions must hold.',
      query: FILTERS,
      name: `${kind.typeName}Page`,
      item: shape,
      fields: FIELDS,
      list: async (query, call) => ['readings', { filter: { kinds: [kind.kind], ...(await toFilter(call, query)) } }],
      toItem: toRestReading,
    }),
    route({
      method: 'GET',
      path: `${path}/{id}`,
      operationId: `get${kind.typeName}`,
      tag,
      summary: `Get ${kind.shortNoun ?? kind.noun} reading`,
      description: 'A reading by id. A reading of another kind is not found.',
      params: z.strictObject({ id: READING_ID }),
      response: [200, shape, 'The reading.'],
      codes: ['READING_NOT_FOUND'],
      handle: async (call, { params }) => {
        const id = toGlobalId('Reading', BigInt(params.id).toString());
        const reading = await call.find<ReadingRow>('node', { id }, 'READING_NOT_FOUND');
        if (reading.kind !== kind.kind) throw notFound('READING_NOT_FOUND', 'id');
        return toRestReading(call, reading);
      },
    }),
  ];
}

const FILTERS = {
  patientId: numberParameter('Readings of the patient with this id.').optional(),
  externalIdentifier: text(
    "Readings of the patient with this identifier of the customer's own. An operator gives `customerId` too.",
  ).optional(),
  deviceId: numberParameter('Readings of the device with this id.').optional(),
  deviceIdentifier: text('Readings of the device with this identifier, such as its serial number.').optional(),
  customerId: numberParameter('Readings of the customer with this id. For operators.').optional(),
  startTimestamp: time('Readings taken at this time or later: an RFC 3339 time.').optional(),
  endTimestamp: time('Readings taken before this time: an RFC 3339 time.').optional(),
};

const FIELDS = {
  'takenAt.from': 'startTimestamp',
  'takenAt.to': 'endTimestamp',
  'patientIds.*': 'patientId',
  'deviceIds.*': 'deviceId',
  'customerIds.*': 'customerId',
};

type Filters = z.output<z.ZodObject<typeof FILTERS>>;

/** The filter of the root field. An object that is not found has no readings. */
async function toFilter(call: RestCall, filters: Filters): Promise<object> {
  const { patientId, externalIdentifier, deviceId, deviceIdentifier, customerId } = filters;
  const [patientIds, deviceIds] = await Promise.all([
    idsOf(patientId, externalIdentifier, (identifier) =>
      call.query('patientByExternalIdentifier', { externalIdentifier: identifier, customerId }),
    ),
    idsOf(deviceId, deviceIdentifier, (identifier) => call.query('deviceByIdentifier', { identifier })),
  ]);
  const takenAt = { from: filters.startTimestamp, to: filters.endTimestamp };
  return { patientIds, deviceIds, customerIds: customerId, takenAt };
}

/** The ids that a reference by id and one by name have in common. Undefined without a reference. */
async function idsOf(
  id: number | undefined,
  name: string | undefined,
  find: (name: string) => Promise<unknown>,
): Promise<string[] | undefined> {
  if (name === undefined) return id === undefined ? undefined : [String(id)];
  const found = (await find(name)) as { id: string } | null;
  return found && (id === undefined || found.id === String(id)) ? [found.id] : [];
}

const READING_ID = z
  .string()
  .refine((given) => /^\d+$/.test(given) && isInt64(given), 'must be the id of a reading: a whole number')
  .meta({ pattern: '^\\d{1,19}$', description: 'Id of the reading.' });

export const readingRoutes: readonly RestRoute[] = KINDS.flatMap(routesOf);
