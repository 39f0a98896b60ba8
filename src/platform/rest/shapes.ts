import { z } from 'zod';
import { toCamelCase, type CamelCase } from '../base/camel-case';
import { definedEnums } from '../base/enum';

/** The named shapes of bodies. The OpenAPI document has one component for each. */
export const SHAPES = z.registry<{ id: string }>();

/** An object of a response. Its members are always present. Further members may be added later. */
export function shape<const Members extends z.ZodRawShape>(name: string, description: string, members: Members) {
  return z.object(members).describe(description).register(SHAPES, { id: name });
}

/** An object of a request. A member that it does not define is refused. */
export function requestShape<const Members extends z.ZodRawShape>(name: string, description: string, members: Members) {
  return z.strictObject(members).describe(description).register(SHAPES, { id: name });
}

/** Id of a row. Not of a reading: those exceed the integers that JSON clients read exactly. */
export const id = (description: string) => z.int().nonnegative().describe(description);
export const text = (description: string) => z.string().describe(description);
export const integer = (description: string) => z.int().describe(description);
export const decimal = (description: string) => z.number().describe(description);
/** A version of an object, for optimistic locking. */
export const version = (description: string) => z.int32().describe(description);
export const flag = (description: string) => z.boolean().describe(description);
/** An RFC 3339 time. The use cases refuse other texts. */
export const time = (description: string) => z.string().meta({ format: 'date-time', description });
/** A calendar date, YYYY-MM-DD. The use cases refuse other texts. */
export const date = (description: string) => z.string().meta({ format: 'date', description });

/** The values of an enum as REST writes them, in camelCase. */
export function words<const Values extends Readonly<Record<string, string>>>(values: Values, description: string) {
  const names = Object.keys(values).map((name) => toCamelCase(name));
  const members = Object.fromEntries(names.map((name) => [name, name])) as Words<Values>;
  const isOpen = definedEnums().some((known) => known.values === values && !known.closed);
  return z.enum(members).describe(isOpen && !description.endsWith(MORE) ? `${description} ${MORE}` : description);
}

/** Said of an enum to which values may be added, as the schema says it. */
const MORE = 'Values may be added.';

type Words<Values> = { readonly [Name in keyof Values & string as CamelCase<Name>]: CamelCase<Name> };

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number in a path or a query. */
export function numberParameter(description: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}) {
  return z
    .string()
    .refine(
      (given) => /^\d{1,16}$/.test(given) && Number(given) >= min && Number(given) <= max,
      `must be a whole number from ${min} to ${max}`,
    )
    .transform(Number)
    .meta({ type: 'integer', minimum: min, maximum: max, description });
}

/** `true` or `false` in a query. */
export function flagParameter(description: string) {
  return z
    .string()
    .refine((given) => given === 'true' || given === 'false', 'must be true or false')
    .transform((given) => given === 'true')
    .meta({ type: 'boolean', description });
}

/** A parameter that may be given several times: `status=lost&status=returning`. */
export function manyParameters<Item extends z.ZodType>(item: Item, description: string) {
  return z.preprocess((given) => [given].flat(), z.array(item).max(MAX_REPEATS)).describe(description);
}

const MAX_REPEATS = 100;
