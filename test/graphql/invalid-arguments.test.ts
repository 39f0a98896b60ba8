import { isObjectType, type GraphQLResolveInfo } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { Work } from '../../src/platform/base/work';
import { InvalidValueError } from '../../src/platform/base/errors';
import { InvalidValue } from '../../src/platform/base/invalid-value';
import { DateTime, isTextScalar } from '../../src/platform/graphql/scalars.type';
import { slotsOf, variablesOf, type Field, type Slot } from '../support/schema-walk';

const schema = buildGatewaySchema();

/** Every argument outside of mutations with a scalar that may not be able to parse its text. */
const ARGUMENTS = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type) && type !== schema.getMutationType()
    ? Object.values(type.getFields()).flatMap((field: Field) =>
        slotsOf(field.args)
          .filter((slot) => isTextScalar(slot.type))
          .map((slot) => [`${type.name}.${field.name}`, slot.path.join('.'), field, slot] as const),
      )
    : [],
);

/** Resolvers count their work, and may check the caller before the arguments. */
const CONTEXT = { work: new Work({ timeoutMs: Infinity, maxResultBytes: Infinity }), authorize: () => undefined };
/** Of the field with the argument. */
const INFO = { path: { key: 'field' } } as unknown as GraphQLResolveInfo;

/** What the field throws for an argument that could not be parsed. A subscription has events only if it has begun. */
async function thrownFor({ args, resolve, subscribe }: Field, slot: Slot): Promise<unknown> {
  const invalid = new InvalidValue('must be a time');
  const values = variablesOf(args, new Map([[slot, slot.isList ? [invalid] : invalid]]));
  try {
    return await (subscribe ?? resolve!)({}, values, CONTEXT, INFO);
  } catch (error) {
    return error;
  }
}

it.each(ARGUMENTS)('%s refuses a value of %s that its scalar cannot parse', async (_field, argument, field, slot) => {
  const error = await thrownFor(field, slot);
  expect(error).toBeInstanceOf(InvalidValueError);
  const path = [...argument.split('.'), ...(slot.isList ? ['0'] : [])];
  expect(error).toMatchObject({ message: `${path.join('.')}: must be a time`, details: { path } });
});

it('these tests cover root fields and nested fields', () => {
  const fields = new Set(ARGUMENTS.map(([field]) => field));
  for (const field of ['Query.devices', 'Patient.readings', 'Patient.readingTrend']) expect(fields).toContain(field);
});

it('a scalar keeps an unparseable text for later, and refuses a value of another type at once', () => {
  expect(DateTime.parseValue('2026-03-08T02:30:00-05:00')).toEqual(new Date('2026-03-08T07:30:00Z'));
  expect(DateTime.parseValue('soon')).toBeInstanceOf(InvalidValue);
  for (const value of [5, true, {}, [], new Date()])
    expect(() => DateTime.parseValue(value)).toThrow('DateTime must be a string.');
});
