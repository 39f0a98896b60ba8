/** A member for which readers of a JSON text do not agree on the value. */
export interface AmbiguousMember {
  /** With dots for inner members, and with the positions of items. */
  readonly path: string;
  /** As a predicate. */
  readonly rule: string;
}

interface Level {
  /** Undefined in a list. */
  readonly names: Set<string> | undefined;
  /** Name of the current member, or position of the current item. */
  at: string | number;
}

/**
 * The first member that an object has twice, or that is called `__proto__`. RFC 8259 leaves open which of two members counts, so a
 * proxy may check one of them and the gateway use the other.
 *
 * @param json valid JSON, of any depth
 */
export function ambiguousMemberOf(json: string): AmbiguousMember | undefined {
  const levels: Level[] = [];
  let isName = false;
  for (let at = 0; at < json.length; at += 1) {
    const level = levels.at(-1);
    switch (json.charAt(at)) {
      case '{':
        levels.push({ names: new Set(), at: '' });
        isName = true;
        break;
      case '[':
        levels.push({ names: undefined, at: 0 });
        isName = false;
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        isName = level!.names !== undefined;
        if (typeof level!.at === 'number') level!.at += 1;
        break;
      case '"': {
        const end = endOfString(json, at);
        if (isName) {
          const name = JSON.parse(json.slice(at, end + 1)) as string;
          const rule = ruleOf(name, level!.names!);
          level!.at = name;
          if (rule !== undefined) return { path: levels.map((one) => one.at).join('.'), rule };
          level!.names!.add(name);
          isName = false;
        }
        at = end;
        break;
      }
      default: // Other characters are of no interest.
    }
  }
  return undefined;
}

function ruleOf(name: string, names: ReadonlySet<string>): string | undefined {
  if (names.has(name)) return 'must be given only once';
  return name === '__proto__' ? 'is not allowed as the name of a member' : undefined;
}

/** The place of the quotation mark that ends the string which begins here. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}
