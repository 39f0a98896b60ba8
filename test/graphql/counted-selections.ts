import { parse, visit, type DocumentNode, type SelectionSetNode } from 'graphql';

/** A document that counts how often its selection sets are gone through. */
export interface CountedDocument {
  document: DocumentNode;
  /** How many there are. */
  sets: number;
  /** Since the last call. */
  visits: () => number;
}

/** What takes a time linear in a document's size goes through each of its selection sets a fixed number of times. */
export function countVisits(source: string | DocumentNode): CountedDocument {
  const document = typeof source === 'string' ? parse(source) : source;
  const sets: SelectionSetNode[] = [];
  visit(document, {
    SelectionSet(set) {
      sets.push(set);
    },
  });
  let count = 0;
  for (const set of sets) {
    const { selections } = set;
    Object.defineProperty(set, 'selections', {
      get: () => {
        count += 1;
        return selections;
      },
    });
  }
  const visits = (): number => {
    const counted = count;
    count = 0;
    return counted;
  };
  return { document, sets: sets.length, visits };
}
