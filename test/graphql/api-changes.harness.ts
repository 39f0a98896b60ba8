import { CriticalityLevel, diff, type Change } from '@graphql-inspector/core';
import { isEnumType, type GraphQLSchema } from 'graphql';

/** The version of the newest release in a changelog, and the text under Unreleased. */
export function readChangelog(text: string): { version: string; unreleased: string } {
  const [, unreleased = '', version] =
    /^## \[Unreleased\]\n(.*?)^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$/ms.exec(text) ?? [];
  if (version === undefined)
    throw new Error('CHANGELOG.md has no entry of the form `## [1.2.3] - 2026-01-31` after `## [Unreleased]`.');
  return { version, unreleased };
}

/** Changes that break clients, or that may affect clients and are missing in the changelog. */
export async function faultyChanges(
  released: GraphQLSchema,
  current: GraphQLSchema,
  unreleased: string,
): Promise<string[]> {
  const changes = await diff(released, current);
  return changes.flatMap((change) => {
    const fault = faultOf(change, current, unreleased);
    return fault === undefined ? [] : [`${fault}: ${change.message}`];
  });
}

function faultOf(
  { criticality, type, path = '' }: Change,
  current: GraphQLSchema,
  unreleased: string,
): string | undefined {
  if (criticality.level === CriticalityLevel.Breaking) return 'breaking';
  if (criticality.level !== CriticalityLevel.Dangerous) return undefined;
  if (type === 'ENUM_VALUE_ADDED' && isClosed(path.split('.')[0]!, current)) return 'a value of a closed enum';
  return unreleased.includes(`\`${path}\``) ? undefined : `not named as \`${path}\` in the changelog`;
}

/** A closed enum: one that clients receive and whose description does not say that it is open. */
function isClosed(name: string, schema: GraphQLSchema): boolean {
  const type = schema.getType(name);
  return isEnumType(type) && !type.description!.includes('Open enum: ') && isReturned(name, schema);
}

function isReturned(name: string, schema: GraphQLSchema): boolean {
  return Object.values(schema.getTypeMap()).some(
    (type) =>
      'getFields' in type &&
      'getInterfaces' in type &&
      Object.values(type.getFields()).some((field) => String(field.type).replace(/[[\]!]/g, '') === name),
  );
}
