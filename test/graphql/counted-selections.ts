import { parse, visit, type DocumentNode, type SelectionSetNode } from 'graphql';

/** A document that counts the visits of its selection sets. */
export interface CountedDocument {
  document: DocumentNode;
  /** Number of selection sets. */
  sets: number;
  /** Number of visits since the last call. */
  visits: () => number;
}

/** An algorithm that is linear in the size of a document visits each selection set a fixed number of times. */
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
