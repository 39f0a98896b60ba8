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
    const start = `\n${this.text}`.indexOf(`\n${heading}\n`);
    if (start === -1) throw new Error(`The document has no heading "${heading}"`);
    const rest = this.text.slice(start + heading.length + 1);
    const rank = heading.indexOf(' ');
    const end = rest.search(new RegExp(`^#{1,${rank}} `, 'm'));
    return new Markdown(end === -1 ? rest : rest.slice(0, end));
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
