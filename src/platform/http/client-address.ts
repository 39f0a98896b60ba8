import type { IncomingMessage, Server } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Addresses of clients behind trusted proxies, where they are not those of their connections. */
const forwarded = new WeakMap<object, string>();

/** The address of the client of a request: that of the connection, or the one that trusted proxies have seen. */
export function addressOf(request: { readonly socket: { readonly remoteAddress?: string | undefined } }): string {
  return forwarded.get(request) ?? plain(request.socket.remoteAddress ?? '');
}

/**
 * Reads the addresses of clients from `X-Forwarded-For`. Each proxy appends the address that it has seen, so the list counts from its
 * end, up to the first address that is not a trusted proxy. What stands before it, the client may have written.
 *
 * @param proxies addresses and networks, such as `10.0.0.0/8`
 */
export function trustProxies(server: Server, proxies: readonly string[]): void {
  if (proxies.length === 0) return;
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address, bits] = proxy.split('/') as [string, string?];
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  const resolve = (request: IncomingMessage): void => {
    const hops = (request.headersDistinct['x-forwarded-for'] ?? []).join(',').split(',').reverse();
    let address = addressOf(request);
    for (const hop of hops) {
      const before = plain(hop.trim());
      if (isIP(before) === 0 || !trusted.check(address, familyOf(address))) break;
      address = before;
      forwarded.set(request, address);
    }
  };
  server.prependListener('request', resolve).prependListener('upgrade', resolve);
}

/** IPv4 without the form of IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
