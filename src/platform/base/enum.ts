/** An enum as the schema shows it: its values are its keys, and each has a description. */
export interface EnumDefinition {
  readonly name: string;
  readonly description: string;
  readonly values: Readonly<Record<string, string>>;
  readonly descriptions: Readonly<Record<string, string>>;
  /** Whether clients can rely on it that no value is ever added. */
  readonly closed: boolean;
  /** What a client does with a value that it does not know, as an instruction. */
  readonly unknown: string;
}

const DEFINITIONS: EnumDefinition[] = [];

/** Those of all modules that are loaded: whoever builds the schema registers them. */
export const definedEnums = (): readonly EnumDefinition[] => DEFINITIONS;

/**
 * Defines an enum: one list of values with their descriptions, from which its type, its object and its part of the schema follow.
 *
 * An object rather than a TypeScript enum, which can hold no descriptions: `DeviceStatus.LOST` is 'LOST'. Beside it stands
 * `export type DeviceStatus = EnumOf<typeof DeviceStatus>`.
 *
 * Enums are open unless they are `closed`: the description of one that is returned says so.
 *
 * @param descriptions of the values, by the values
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

/** The values of an enum that `defineEnum` made. */
export type EnumOf<Enum> = Enum[keyof Enum];
