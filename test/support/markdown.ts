import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './tool';

/** A fenced block: the words after the opening fence, e.g. `json event`, and its text. */
export interface FencedBlock {
  kind: string;
  text: string;
}

/** A document or a part of one. */
export class Markdown {
  constructor(readonly text: string) {}

  /**
   * The part under a heading, up to the next heading of the same or a higher rank.
   *
   * @param heading e.g. `## Start`
   */
  section(heading: string): Markdown {
    const lines = this.text.split('\n');
    const ranks = ranksOf(lines);
    const start = lines.findIndex((line, index) => line === heading && ranks[index]! > 0);
    if (start === -1) throw new Error(`The document has no heading "${heading}"`);
    const end = ranks.findIndex((rank, index) => index > start && rank > 0 && rank <= ranks[start]!);
    return new Markdown(lines.slice(start + 1, end === -1 ? undefined : end).join('\n'));
  }

  /** Fenced blocks in document order. */
  get fencedBlocks(): FencedBlock[] {
    return [...this.text.matchAll(/^```([^\n]+)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
      kind: kind!,
      text: text!,
    }));
  }

  /** Text of the first fenced block of a kind. */
  fenced(kind: string): string {
    const found = this.fencedBlocks.find((block) => block.kind === kind);
    if (!found) throw new Error(`The document has no fenced block of the kind "${kind}"`);
    return found.text;
  }

  /** Trimmed cells of the first table, the header row first. */
  get table(): string[][] {
    const lines = this.text.split('\n');
    const first = lines.findIndex((line) => line.startsWith('|'));
    if (first === -1) throw new Error('The document has no table');
    const after = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
    const [head, , ...rows] = lines.slice(first, after === -1 ? undefined : after);
    return [head!, ...rows].map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
}

/** @param path of a document, from the root of the repository, e.g. `README.md` */
export function markdown(path: string): Markdown {
  return new Markdown(readFileSync(join(REPOSITORY, path), 'utf8'));
}

/** For each line the rank of the heading that it is, otherwise 0. Comments in fenced blocks are not headings. */
function ranksOf(lines: readonly string[]): number[] {
  let fenced = false;
  return lines.map((line) => {
    if (line.startsWith('```')) fenced = !fenced;
    return fenced ? 0 : (/^#+(?= )/.exec(line)?.[0].length ?? 0);
  });
}
