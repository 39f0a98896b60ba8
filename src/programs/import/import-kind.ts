import type { CellOptions } from './cell-value';
import type { ColumnSet } from './csv-columns';
import type { EntryContract } from './entry-contract';
import type { LineProblem } from './file-line';
import type { EntryResult } from './gateway-response';
import type { Ask } from './gateway-client';

/** A column with a name that people know, from which the import finds the id that the gateway takes. */
export interface NameColumn {
  /** Column of the file: `sku`. */
  readonly column: string;
  /** Field of the entry that gets the id: `itemId`. */
  readonly member: string;
  /** What the name belongs to, for messages: `item`. */
  readonly what: string;
  /**
   * Finds the ids of what has the name.
   *
   * @param customerId of the entry, if it has one
   */
  find(ask: Ask, name: string, customerId: string | undefined): Promise<string[]>;
}

/** A kind of entries that files can have. The same machinery imports all kinds. */
export interface ImportKind {
  /** Argument of the command, and the list in the input of the mutation: `devices`. */
  readonly name: string;
  /** One entry, for messages: `device`. */
  readonly one: string;
  /** What the summary calls a new entry: `registered`. */
  readonly done: string;
  /** What the command does, for the help: `Register the devices of a file`. */
  readonly description: string;
  /** Bulk mutation that the entries are sent to. Its input type is `RegisterDevicesInput`. */
  readonly mutation: string;
  /** Input type of an entry. */
  readonly entryType: string;
  /** Entries that the mutation takes at most. */
  readonly maxBatchSize: number;
  /** What is missing when the gateway says FORBIDDEN: `to register devices, which takes the role OPERATOR`. */
  readonly permission: string;
  /** What happens to entries that are imported again. */
  readonly again: string;
  /** Fields of a result beside `userErrors`. Without an `outcome`, an entry without `userErrors` is new. */
  readonly resultFields: string;
  /** What the summary says about the attributions of readings, if results have them. */
  attributionSummary?(counts: Readonly<Record<string, number>>): string[];
  /**
   * Whether calls need an idempotency key, because the gateway does not recognize a repeated entry. Batches then keep their size when
   * an import resumes, so that a batch whose outcome is unknown is sent again as it was.
   */
  readonly hasKeys: boolean;
  readonly names: readonly NameColumn[];
  /** Options of cells that the kind has. */
  readonly cellOptions: readonly (keyof CellOptions)[];
  columnsOf(contract: EntryContract, options: CellOptions): ColumnSet;
  /** Converts values of an NDJSON entry that cells of a CSV file can have in other writings, too. */
  normalize?(entry: object, options: CellOptions): { readonly entry: object } | { readonly problems: LineProblem[] };
  /**
   * Finds out whether an entry that was refused as taken is there with the same data.
   *
   * @param entries as they were sent
   * @returns results by position of those that are known better than the gateway's response said
   */
  recognize?(ask: Ask, entries: readonly object[], results: readonly EntryResult[]): Promise<Map<number, EntryResult>>;
}
