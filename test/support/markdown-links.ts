/** Markdown without its fenced blocks: what is in them is no link and no heading. */
function withoutFences(text: string): string {
  return text.replace(/^( *)(`{3,}|~{3,})[^]*?^\1\2 *$/gm, '');
}

const withoutCode = (text: string): string => withoutFences(text).replace(/(`+)[^`][^]*?\1/g, '');

/** Targets of the links and images of a document that lead to files of the repository, with their anchors. */
export function relativeLinks(text: string): string[] {
  const prose = withoutCode(text);
  const targets = [
    ...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: +"[^"]*")?\)/g),
    ...prose.matchAll(/^ *\[[^\]]+\]: *<?([^\s>]+)/gm),
    ...prose.matchAll(/\b(?:href|src|srcset)="([^"]+)"/g),
  ].map(([, target]) => target!);
  return targets.filter((target) => !/^(?:[a-z]+:|\/\/)/i.test(target));
}

/** Texts in backticks, those in fenced blocks excluded. */
export function inlineCode(text: string): string[] {
  return [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
}

/** The anchors that GitHub gives to the headings of a document. */
export function anchors(text: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading] of withoutFences(text).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = slugOf(heading!);
    let anchor = slug;
    for (let count = 1; found.has(anchor); count += 1) anchor = `${slug}-${count}`;
    found.add(anchor);
  }
  return found;
}

/** Lower case, without punctuation, with hyphens for spaces; a link counts by its text. */
function slugOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}
