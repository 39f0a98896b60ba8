/**
 * Members in REST by the paths that the input of a use case or the arguments of a list have, where they differ: `takenAt` is
 * `readingTimestamp`. `*` is a position in a list: `lines.*.quantity`. An entry without a dot also names the member in messages.
 */
export type MemberNames = Readonly<Record<string, string>>;

/** A path, or the paths in a message, with the names that the members have in REST. */
export function renamed(text: string, names: MemberNames = {}): string {
  // The longest path first: `lines.*.quantity` before `lines`.
  const paths = Object.keys(names).sort((one, other) => other.length - one.length);
  if (paths.length === 0) return text;
  const patterns = paths.map((path) => path.replaceAll('.', '\\.').replaceAll('*', '\\d+'));
  const pattern = new RegExp(`(?<![\\w.])(?:${patterns.join('|')})(?!\\w)`, 'g');
  return text.replace(pattern, (given) => {
    const positions = given.split('.').filter(isPosition);
    const path = given
      .split('.')
      .map((part) => (isPosition(part) ? '*' : part))
      .join('.');
    return names[path]!.replaceAll('*', () => positions.shift() ?? '*');
  });
}

const isPosition = (part: string) => /^\d+$/.test(part);
