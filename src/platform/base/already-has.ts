/** Whether a row already has all values of a change. Inside objects, null and absent members are equal. */
export function alreadyHas<Row extends object>(row: Row, change: Partial<Row>): boolean {
  return Object.entries(change).every(
    ([member, value]) => value === undefined || isSame(row[member as keyof Row], value),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return (one ?? null) === (other ?? null);
  const members = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...members].every((member) => isSame(one[member], other[member]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
