import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';

/** The world outside, as far as names go: what each name resolves to, and how often that was asked. */
export class StubbedDns {
  /** The names that were asked for, oldest first. */
  readonly asked: string[] = [];
  private readonly answers = new Map<string, string[][]>();
  /** The answer that is being given, of which IPv4 is asked for first. */
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
        if (!this.answers.has(name)) return lookup(name, options);
        return Promise.resolve(this.ask(name).map(toLookupAddress));
      }) as never),
    ];
  }

  /** @param answers the addresses of each time that it is asked, the last one from then on; none for a name that is not there */
  name(name: string, ...answers: string[][]): void {
    this.answers.set(name, answers);
  }

  restore(): void {
    for (const spy of this.spies) spy.mockRestore();
  }

  private ask(name: string): string[] {
    const answers = this.answers.get(name) ?? [[]];
    const addresses = answers.length > 1 ? answers.shift()! : answers[0]!;
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
