/** An enum of the schema. Each value equals its key and has a description. */
export interface EnumDefinition {
  readonly name: string;
  readonly description: string;
  readonly values: Readonly<Record<string, string>>;
  readonly descriptions: Readonly<Record<string, string>>;
  /** Whether clients can rely on the list of values: no value is ever added. */
  readonly closed: boolean;
  /** Instruction for clients that receive an unknown value. */
  readonly unknown: string;
}

const DEFINITIONS: EnumDefinition[] = [];

/** The enums of all loaded modules, for the schema. */
export const definedEnums = (): readonly EnumDefinition[] => DEFINITIONS;

/**
 * Defines an enum: one list of values with descriptions, from which its TypeScript type, its object and its part of the schema
 * are derived.
 *
 * An object rather than a TypeScript enum, which has no place for descriptions: `DeviceStatus.LOST` is 'LOST'. Declare
 * `export type DeviceStatus = EnumOf<typeof DeviceStatus>` next to it.
 *
 * Enums are open unless `closed`. The schema description of an open enum that is returned says so.
 *
 * @param descriptions by value
 */
export function defineEnum<const Descriptions extends Readonly<Record<string, string>>>(
  name: string,
  description: string,
  descriptions: Descriptions,
  {
    closed = false,
    unknown = 'clients must accept unknown values',
  }: Partial<Pick<EnumDefinition, 'closed' | 'unknown'>> = {},
): { readonly [Value in keyof Descriptions & string]: Value } {
  const values = Object.fromEntries(Object.keys(descriptions).map((value) => [value, value]));
  DEFINITIONS.push({ name, description, values, descriptions, closed, unknown });
  return values as { readonly [Value in keyof Descriptions & string]: Value };
}

/** Union of the values of a `defineEnum` enum. */
export type EnumOf<Enum> = Enum[keyof Enum];
