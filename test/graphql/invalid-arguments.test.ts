import { isObjectType, type GraphQLResolveInfo } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { InvalidValueError } from '../../src/platform/base/errors';
import { InvalidValue } from '../../src/platform/base/invalid-value';
import { DateTime, isTextScalar } from '../../src/platform/graphql/scalars.type';
import { slotsOf, variablesOf, type Field, type Slot } from '../support/schema-walk';

const schema = buildGatewaySchema();

/** Every place outside of mutations where a text stands that a scalar may not be able to read. */
const PLACES = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type) && type !== schema.getMutationType()
    ? Object.values(type.getFields()).flatMap((field: Field) =>
        slotsOf(field.args)
          .filter((slot) => isTextScalar(slot.type))
          .map((slot) => [`${type.name}.${field.name}`, slot.path.join('.'), field, slot] as const),
      )
    : [],
);

/** What a resolver of the field throws for an argument that could not be read. */
function thrownFor({ args, resolve, subscribe }: Field, slot: Slot): unknown[] {
  const invalid = new InvalidValue('must be a time');
  const values = variablesOf(args, new Map([[slot, slot.isList ? [invalid] : invalid]]));
  return [resolve!, ...(subscribe ? [subscribe] : [])].map((resolver) => {
    try {
      return resolver({}, values, {}, {} as GraphQLResolveInfo);
    } catch (error) {
      return error;
    }
  });
}

it.each(PLACES)('%s refuses what no scalar could read as %s', (_field, place, field, slot) => {
  for (const error of thrownFor(field, slot)) {
    expect(error).toBeInstanceOf(InvalidValueError);
    const path = [...place.split('.'), ...(slot.isList ? ['0'] : [])];
    expect(error).toMatchObject({ message: `${path.join('.')}: must be a time`, details: { path } });
  }
});

it('there are such places at the root, and below', () => {
  const fields = new Set(PLACES.map(([field]) => field));
  for (const field of ['Query.devices', 'Patient.readings', 'Patient.readingTrend']) expect(fields).toContain(field);
});

it('a text that cannot be read is kept as it stands; a value of another type is refused at once', () => {
  expect(DateTime.parseValue('2026-03-08T02:30:00-05:00')).toEqual(new Date('2026-03-08T07:30:00Z'));
  expect(DateTime.parseValue('soon')).toBeInstanceOf(InvalidValue);
  for (const value of [5, true, {}, [], new Date()])
    expect(() => DateTime.parseValue(value)).toThrow('DateTime must be a string.');
});
