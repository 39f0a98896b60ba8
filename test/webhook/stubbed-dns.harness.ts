import dns, { type LookupAddress, type LookupOptions } from 'node:dns';

type Callback = (error: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void;

/** The world outside, as far as names go: what each name resolves to, and how often that was asked. */
export class StubbedDns {
  /** The names that were asked for, oldest first. */
  readonly asked: string[] = [];
  private readonly answers = new Map<string, string[][]>();
  private readonly spy: jest.SpyInstance;

  constructor() {
    const original = dns.lookup;
    const stub = (name: string, options: LookupOptions, callback: Callback) => {
      const answers = this.answers.get(name);
      if (!answers) {
        original(name, options, callback as never);
        return;
      }
      this.asked.push(name);
      const addresses = answers.length > 1 ? answers.shift()! : answers[0]!;
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
      setImmediate(() =>
        addresses.length === 0
          ? callback(error)
          : callback(
              null,
              addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
            ),
      );
    };
    this.spy = jest.spyOn(dns, 'lookup').mockImplementation(stub as never);
  }

  /** @param answers the addresses of each time that it is asked, the last one from then on; none for a name that is not there */
  name(name: string, ...answers: string[][]): void {
    this.answers.set(name, answers);
  }

  restore(): void {
    this.spy.mockRestore();
  }
}
