interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  readonly owner: string;
}

interface Owner {
  bytes: number;
  /** Least recently used first. */
  readonly keys: Set<string>;
}

/** Maximum sizes in bytes. */
export interface SharedCacheBounds {
  readonly maxBytes: number;
  /** Of the entries that one owner has added. */
  readonly maxBytesPerOwner: number;
}

/**
 * A cache that several owners fill, bounded in bytes. An owner that adds too much evicts its own entries, the least recently used
 * first. When the whole cache is full, the owner with the most bytes gives way. Every owner finds the entries of all.
 */
export class SharedCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly owners = new Map<string, Owner>();
  private total = 0;

  constructor(private readonly bounds: SharedCacheBounds) {}

  /** Size of all entries. */
  get bytes(): number {
    return this.total;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    const { keys } = this.owners.get(entry.owner)!;
    keys.delete(key);
    keys.add(key);
    return entry.value;
  }

  /** Adds an entry, unless there is one, or it is too large for its owner. */
  add(owner: string, key: string, value: Value, bytes: number): void {
    const { maxBytes, maxBytesPerOwner } = this.bounds;
    if (this.entries.has(key) || bytes > Math.min(maxBytes, maxBytesPerOwner)) return;
    const own = this.owners.get(owner) ?? { bytes: 0, keys: new Set() };
    this.owners.set(owner, own);
    while (own.bytes + bytes > maxBytesPerOwner) this.evictOldest(own);
    while (this.total + bytes > maxBytes) this.evictOldest(this.largestOwner());
    this.owners.set(owner, own); // it may have been the largest
    this.entries.set(key, { value, bytes, owner });
    own.keys.add(key);
    own.bytes += bytes;
    this.total += bytes;
  }

  private evictOldest(from: Owner): void {
    const [key] = from.keys as Iterable<string> as [string];
    const { bytes, owner } = this.entries.get(key)!;
    this.entries.delete(key);
    from.keys.delete(key);
    from.bytes -= bytes;
    this.total -= bytes;
    if (from.keys.size === 0) this.owners.delete(owner);
  }

  private largestOwner(): Owner {
    return [...this.owners.values()].reduce((largest, owner) => (owner.bytes > largest.bytes ? owner : largest));
  }
}
