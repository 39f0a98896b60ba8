import { z } from 'zod';
import { toGlobalId } from '../../platform/base/global-id';
import { isInt64 } from '../../platform/base/int64';
import { notFound } from '../../platform/rest/rest-call';
import { route, type RestRoute } from '../../platform/rest/route';
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
  const answer = readingShape(kind);
  return [
    recordRoute(kind, answer, { path, tag }),
    route({
      method: 'GET',
      path: `${path}/{id}`,
      operationId: `get${kind.typeName}`,
      tag,
      summary: `Get ${kind.shortNoun ?? kind.noun} reading`,
      description: 'A reading by id. A reading of another kind is not found.',
      params: z.strictObject({ id: READING_ID }),
      answer: [200, answer, 'The reading.'],
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

const READING_ID = z
  .string()
  .refine((given) => /^\d+$/.test(given) && isInt64(given), 'must be the id of a reading: a whole number')
  .meta({ pattern: '^\\d{1,19}$', description: 'Id of the reading.' });

export const readingRoutes: readonly RestRoute[] = KINDS.flatMap(routesOf);
