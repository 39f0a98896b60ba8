import { basename, join } from 'node:path';
import { markdown } from '../support/markdown';
import { relativeLinks } from '../support/markdown-links';
import { REPOSITORY } from '../support/tool';

const page = markdown('docs/architecture.md');

/** Rooms of a group, from the lowest to the highest. */
function roomsOf(group: string): string[] {
  const rules = jest.requireActual<{ forbidden: { name: string }[] }>(
    join(REPOSITORY, '.config/dependency-cruiser.cjs'),
  ).forbidden;
  const pattern = new RegExp(`^${group}-(.+)-imports-lower-folders-only$`);
  return rules.flatMap(({ name }) => pattern.exec(name)?.[1] ?? []);
}

test.each(['platform', 'features'])('the map lists the folders of %s in the order of their imports', (group) => {
  const folders = relativeLinks(page.section('## Map of the source').text)
    .filter((link) => link.startsWith(`../src/${group}/`) && !link.endsWith('.ts'))
    .map((link) => basename(link));
  expect(folders).toEqual(roomsOf(group));
});

test.each(['## Life of an operation', '## Life of an event'])(
  '%s: the list links the files that the diagram names, under the same numbers',
  (heading) => {
    const section = page.section(heading);
    const nodes = [...section.fenced('mermaid').matchAll(/"(\d+) · [^"]*?<br\/>([^"]+)"/g)].flatMap(([, step, names]) =>
      names!
        .split(', ')
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${step} ${name}`),
    );
    const steps = [...section.text.matchAll(/^(\d+)\. (.+(?:\n {3}.+)*)/gm)].flatMap(([, step, text]) =>
      relativeLinks(text!).map((link) => `${step} ${basename(link)}`),
    );
    expect(nodes.length).toBeGreaterThan(8);
    expect(steps).toEqual(expect.arrayContaining(nodes));
  },
);
