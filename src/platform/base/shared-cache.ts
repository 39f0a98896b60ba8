interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  readonly owner: Owner<Value>;
  /** Whether it was used since it took its place in the order of its owner. */
  isUsed: boolean;
}

interface Owner<Value> {
  readonly name: string;
  bytes: number;
  /** The next to be evicted first. */
  readonly entries: Map<string, Entry<Value>>;
}

/** Maximum sizes in bytes. */
export interface SharedCacheBounds {
  readonly maxBytes: number;
  /** Of the entries that one owner has added. */
  readonly maxBytesPerOwner: number;
}

/**
 * A cache that several owners fill, bounded in bytes. An owner that adds too much evicts its own entries, the oldest first. An entry
 * that was used has a second chance: it is not evicted, but becomes the newest. When the whole cache is full, the owner with the most
 * bytes gives way. Every owner finds the entries of all.
 */
export class SharedCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly owners = new Map<string, Owner<Value>>();
  private total = 0;

  constructor(private readonly bounds: SharedCacheBounds) {}

  /** Size of all entries. */
  get bytes(): number {
    return this.total;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    // The entries are not moved: a Map whose entries are deleted and added allocates new tables, which V8 keeps until a full collection.
    if (entry) entry.isUsed = true;
    return entry?.value;
  }

  /** Adds an entry, unless there is one, or it is too large for its owner. */
  add(name: string, key: string, value: Value, bytes: number): void {
    const { maxBytes, maxBytesPerOwner } = this.bounds;
    if (this.entries.has(key) || bytes > Math.min(maxBytes, maxBytesPerOwner)) return;
    const owner = this.owners.get(name) ?? { name, bytes: 0, entries: new Map() };
    this.owners.set(name, owner);
    while (owner.bytes + bytes > maxBytesPerOwner) this.evictOldest(owner);
    while (this.total + bytes > maxBytes) this.evictOldest(this.largestOwner());
    this.owners.set(name, owner); // it may have been the largest
    const entry = { value, bytes, owner, isUsed: false };
    this.entries.set(key, entry);
    owner.entries.set(key, entry);
    owner.bytes += bytes;
    this.total += bytes;
  }

  private evictOldest(owner: Owner<Value>): void {
    for (const [key, entry] of owner.entries) {
      owner.entries.delete(key);
      if (!entry.isUsed) {
        this.entries.delete(key);
        owner.bytes -= entry.bytes;
        this.total -= entry.bytes;
        break;
      }
      entry.isUsed = false;
      owner.entries.set(key, entry); // the loop comes to it again
    }
    if (owner.entries.size === 0) this.owners.delete(owner.name);
  }

  private largestOwner(): Owner<Value> {
    return [...this.owners.values()].reduce((largest, owner) => (owner.bytes > largest.bytes ? owner : largest));
  }
}
