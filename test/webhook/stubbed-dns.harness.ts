import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';

/** A stub of DNS: the addresses of each name, and the lookups that were made. */
export class StubbedDns {
  /** Names that were looked up, oldest first. */
  readonly asked: string[] = [];
  private readonly results = new Map<string, string[][]>();
  /** Result of the current lookup. IPv4 is queried first. */
  private readonly given = new Map<string, string[]>();
  private readonly spies: jest.SpyInstance[];

  constructor() {
    const { lookup } = dns;
    this.spies = [
      jest.spyOn(dns.Resolver.prototype, 'resolve4').mockImplementation((name: string) => {
        this.ask(name);
        return this.addresses(name, 4);
      }),
      jest.spyOn(dns.Resolver.prototype, 'resolve6').mockImplementation((name: string) => this.addresses(name, 6)),
      jest.spyOn(dns, 'lookup').mockImplementation(((name: string, options: object) => {
        if (!this.results.has(name)) return lookup(name, options);
        return Promise.resolve(this.ask(name).map(toLookupAddress));
      }) as never),
    ];
  }

  /** @param results the addresses for each lookup in turn; the last one repeats. Empty for an unknown name */
  name(name: string, ...results: string[][]): void {
    this.results.set(name, results);
  }

  restore(): void {
    for (const spy of this.spies) spy.mockRestore();
  }

  private ask(name: string): string[] {
    const results = this.results.get(name) ?? [[]];
    const addresses = results.length > 1 ? results.shift()! : results[0]!;
    this.asked.push(name);
    this.given.set(name, addresses);
    return addresses;
  }

  private addresses(name: string, family: 4 | 6): Promise<string[]> {
    const all = this.given.get(name)!.map(toLookupAddress);
    const code = all.length === 0 ? 'ENOTFOUND' : 'ENODATA';
    const ofFamily = all.filter((one) => one.family === family).map(({ address }) => address);
    if (ofFamily.length > 0) return Promise.resolve(ofFamily);
    return Promise.reject(Object.assign(new Error(`query${family === 4 ? 'A' : 'Aaaa'} ${code} ${name}`), { code }));
  }
}

function toLookupAddress(address: string): LookupAddress {
  return { address, family: address.includes(':') ? 6 : 4 };
}
