import fc from 'fast-check';
import { MARKER, numbers, texts } from './generated-texts.harness';

/** The keywords of JSON Schema that the document uses. Others fail, so that nothing is generated in part. */
export interface JsonSchema {
  $ref?: string;
  /** Several: the other keywords apply to values of their type. */
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

const ofOneType = new WeakMap<JsonSchema, JsonSchema[]>();

/** The schemas of which a value must have one; undefined if there is only this one. */
export function choicesOf(schema: JsonSchema): readonly JsonSchema[] | undefined {
  const { type, anyOf, oneOf } = schema;
  if (!Array.isArray(type)) return anyOf ?? oneOf;
  const choices = ofOneType.get(schema) ?? type.map((one): JsonSchema => ({ ...schema, type: one }));
  ofOneType.set(schema, choices);
  return choices;
}

/** @param object name of the member that has the object with this member; empty for parameters and the body itself */
export type Known = (name: string, object: string) => readonly unknown[];

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

  of(given: JsonSchema, name = '', object = ''): fc.Arbitrary<unknown> {
    const schema = this.resolve(given);
    for (const keyword of Object.keys(schema))
      if (!KEYWORDS.has(keyword) && !ANNOTATIONS.has(keyword))
        throw new Error(`No values are generated for the keyword ${keyword} of JSON Schema.`);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const { type } = schema;
    const choices = choicesOf(schema);
    if (choices) return fc.oneof(...choices.map((choice) => this.of(choice, name, object)));
    const plain = this.ofType(schema, name, object);
    const known = [...(schema.examples ?? []), ...this.known(name, object)].filter(
      (value) => typeof value === (type === 'integer' ? 'number' : type),
    );
    return known.length === 0
      ? plain
      : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: plain });
  }

  private ofType(schema: JsonSchema, name: string, object: string): fc.Arbitrary<unknown> {
    switch (String(schema.type)) {
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
        return fc.array(this.of(schema.items!, name, object), {
          minLength: schema.minItems ?? 0,
          maxLength: Math.min(schema.maxItems ?? 4, Math.max(schema.minItems ?? 0, 4)),
        });
      case 'object':
        return this.ofObject(schema, name);
      default:
        throw new Error(`No values are generated for the type ${String(schema.type)}.`);
    }
  }

  private ofObject(
    { properties = {}, required = [], additionalProperties }: JsonSchema,
    name: string,
  ): fc.Arbitrary<object> {
    const members = this.members(
      Object.entries(properties).map(([member, schema]) => [member, this.of(schema, member, name)]),
      required,
    );
    if (typeof additionalProperties !== 'object') return members;
    const further = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/).map((member) => MARKER + member),
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
