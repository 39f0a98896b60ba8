export type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>;

/** `AVAILABLE_AT_SITE` becomes `availableAtSite`, the form in REST and webhooks. */
export function toCamelCase<Name extends string>(name: Name): CamelCase<Name> {
  return name.toLowerCase().replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()) as CamelCase<Name>;
}

/** The reverse of `toCamelCase`, for names without digits. */
export function fromCamelCase<Name extends string>(name: CamelCase<Name>): Name {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase() as Name;
}
