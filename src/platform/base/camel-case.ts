/** `AVAILABLE_AT_SITE` becomes `availableAtSite`, as REST and webhooks write it. */
export function toCamelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
