import { z } from 'zod';
import { SHAPES } from '../../rest/shapes';

type JsonSchema = Readonly<Record<string, unknown>>;

const uri = (name: string) => `#/components/schemas/${name}`;

const PRINTING = {
  io: 'input',
  // Zod states the bounds of all whole numbers that JavaScript has.
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    // Parameters are parsed from texts, and so are their defaults.
    if (jsonSchema.type === 'integer' && jsonSchema.default !== undefined)
      jsonSchema.default = Number(jsonSchema.default);
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  },
} as const;

/** The schema of parameters. */
export function schemaOf(shape: z.ZodType): object {
  return plain(z.toJSONSchema(shape, PRINTING));
}

/** A body by the name of its shape. */
export function referenceTo(shape: z.ZodType): { $ref: string } {
  const known = SHAPES.get(shape);
  if (!known) throw new Error('A body of a route has no name.');
  return { $ref: uri(known.id) };
}

/** The shapes that a part of the document names, directly or through other shapes, sorted by name. */
export function schemasIn(part: unknown): Record<string, object> {
  const { schemas } = z.toJSONSchema(SHAPES, { ...PRINTING, uri });
  const used = new Map<string, object>();
  const follow = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name!)) continue;
      used.set(name!, plain(schemas[name!]!));
      follow(used.get(name!));
    }
  };
  follow(part);
  return Object.fromEntries([...used].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Without identity, because OpenAPI names schemas by their place. */
function plain({ $schema: _schema, $id: _id, ...schema }: JsonSchema): object {
  return withPlainNulls(schema) as object;
}

/** Writes a simple type that may be null as a list of two types, with its description. Generators understand this best. */
function withPlainNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlainNulls);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPlainNulls(inner)]));
  const { anyOf, ...rest } = schema as { anyOf?: JsonSchema[] };
  const [given, other, ...others] = anyOf ?? [];
  if (typeof given?.type !== 'string' || other?.type !== 'null' || others.length > 0) return schema;
  const values = given.enum as unknown[] | undefined;
  return { ...given, ...rest, type: [given.type, 'null'], ...(values && { enum: [...values, null] }) };
}
