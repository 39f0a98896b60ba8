import fc from 'fast-check';
import { MARKER, numbers, texts } from './generated-texts.harness';

/** The keywords of JSON Schema that the document uses. Others fail, so that nothing is generated in part. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  examples?: unknown[];
}

const KEYWORDS: ReadonlySet<string> = new Set<keyof JsonSchema>([
  '$ref',
  'type',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'examples',
]);
/** Keywords that state nothing about values. */
const ANNOTATIONS: ReadonlySet<string> = new Set(['title', 'description', 'default', 'example', 'deprecated']);

/** @param name of the member or parameter; undefined in a list without a name of its own */
export type Known = (name: string) => readonly unknown[];

/** Values that a schema allows. */
export class SchemaValues {
  /**
   * @param components the named schemas of the document
   * @param known values that exist in the gateway, for members and parameters by name
   */
  constructor(
    private readonly components: Readonly<Record<string, object>>,
    private readonly known: Known,
  ) {}

  resolve(schema: JsonSchema): JsonSchema {
    const { $ref } = schema;
    if ($ref === undefined) return schema;
    const found = this.components[$ref.replace('#/components/schemas/', '')];
    if (!found) throw new Error(`${$ref} is not in the document.`);
    return this.resolve(found);
  }

  of(given: JsonSchema, name = ''): fc.Arbitrary<unknown> {
    const schema = this.resolve(given);
    for (const keyword of Object.keys(schema))
      if (!KEYWORDS.has(keyword) && !ANNOTATIONS.has(keyword))
        throw new Error(`No values are generated for the keyword ${keyword} of JSON Schema.`);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return fc.oneof(...choices.map((choice) => this.of(choice, name)));
    if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => this.of({ ...schema, type }, name)));
    const plain = this.ofType(schema, name);
    const known = [...(schema.examples ?? []), ...this.known(name)].filter(
      (value) => typeof value === (schema.type === 'integer' ? 'number' : schema.type),
    );
    return known.length === 0
      ? plain
      : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: plain });
  }

  private ofType(schema: JsonSchema, name: string): fc.Arbitrary<unknown> {
    switch (schema.type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
      case 'number':
        return numbers(schema);
      case 'string':
        return texts(schema);
      case 'array':
        return fc.array(this.of(schema.items!, name), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 4, Math.max(schema.minItems ?? 0, 4)),
        });
      case 'object':
        return this.ofObject(schema, name);
      case undefined:
      default:
        throw new Error(`No values are generated for the type ${String(schema.type)}.`);
    }
  }

  private ofObject(
    { properties = {}, required = [], additionalProperties }: JsonSchema,
    object: string,
  ): fc.Arbitrary<object> {
    const members = this.members(
      Object.entries(properties).map(([name, schema]) => [name, this.of(schema, referenceIn(object, name))]),
      required,
    );
    if (typeof additionalProperties !== 'object') return members;
    const further = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/).map((name) => MARKER + name),
      this.of(additionalProperties),
    );
    return fc.tuple(members, further).map(([one, other]) => ({ ...one, ...other }));
  }

  /** The required members with some of the others: any, or few, since many exclude each other. */
  members(
    entries: readonly (readonly [name: string, values: fc.Arbitrary<unknown>])[],
    required: readonly string[],
  ): fc.Arbitrary<object> {
    const optional = entries.map(([name]) => name).filter((name) => !required.includes(name));
    const record = (requiredKeys: readonly string[]) =>
      fc.record(Object.fromEntries(entries), { requiredKeys: [...requiredKeys] });
    const only = (names: readonly string[]) =>
      fc.record(Object.fromEntries(entries.filter(([name]) => names.includes(name))));
    if (optional.length === 0) return record(required);
    return fc.oneof(
      fc.subarray(optional, { maxLength: Math.min(optional.length, 2) }).chain((few) => only([...required, ...few])),
      record(required),
    );
  }
}

/** `id` of a member `patient` refers to what `patientId` refers to. */
function referenceIn(object: string, name: string): string {
  if (object === '' || !['id', 'externalIdentifier'].includes(name)) return name;
  return `${object}${name[0]!.toUpperCase()}${name.slice(1)}`;
}
