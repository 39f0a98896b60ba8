import type { LookupAddress } from 'node:dns';
import dns from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { DomainError } from '../../platform/base/errors';
import { defineLimit, noteLimitReached } from '../../platform/base/limit';

const MAX_URL_LENGTH = defineLimit('webhook URL, characters', {
  value: 2_000,
  unit: 'characters',
  description: 'In the form that is stored and sent, with percent-encoding. More is INVALID_URL.',
});

/** Deliveries must not be sent to the address. */
export class ForbiddenAddressError extends Error {}

/** IPv6 addresses that are assigned as global unicast (RFC 4291, 2.5.4, and IANA's registry). ipaddr.js does not know this range. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Host of a URL, without the brackets of an IPv6 address and without trailing dots: `localhost.` is localhost. */
function hostOf(url: URL): string {
  return withoutDots(url.hostname.replace(/^\[(.*)\]$/, '$1'));
}

function withoutDots(host: string): string {
  return host.replace(/\.+$/, '');
}

/** Undefined for a text that is not an address. ipaddr.js alone would accept `8.8.8` and `0x7f.1` too. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.parse(text);
}

/**
 * Whether deliveries may be sent to an address. Only global unicast addresses are allowed, so that a webhook cannot reach the
 * gateway's own network. This excludes private, loopback, link-local, shared (100.64/10) and multicast addresses, 0.0.0.0/8,
 * 240/4, and IPv6 addresses that embed an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
 */
export function isGlobalUnicast(text: string): boolean {
  const address = parseAddress(text);
  if (address?.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

function isLoopback(text: string): boolean {
  return parseAddress(text)?.range() === 'loopback';
}

/**
 * Checks the URL of an endpoint without a DNS lookup. Host names are resolved and checked on each attempt.
 *
 * @returns the URL in the form in which it is sent, which this function accepts and returns as it is
 * @param allowsLoopback allows http to this machine, for a receiver next to the gateway in demo mode
 * @throws DomainError INVALID_URL
 */
export function assertEndpointUrl(text: string, allowsLoopback: boolean): string {
  const refuse = (rule: string) => new DomainError('INVALID_URL', `url ${rule}.`, ['input', 'url']);
  if (!URL.canParse(text)) throw refuse('must be an absolute URL, e.g. https://example.com/impilo');
  const url = new URL(text);
  if (url.href.length > MAX_URL_LENGTH) {
    noteLimitReached('webhook URL, characters');
    throw refuse(lengthRule(text, url.href));
  }
  if (url.port === '0')
    throw refuse('must not have port 0. Omit the port, or name the one that the endpoint listens on');
  if (url.username !== '' || url.password !== '')
    throw refuse('must not contain credentials. Verify the signature instead');
  const host = hostOf(url);
  const isLocal = isLoopback(host) || host === 'localhost';
  if (allowsLoopback && isLocal && url.protocol === 'http:') return url.href;
  if (url.protocol !== 'https:') throw refuse('must be an https URL');
  if (isLocal || host.endsWith('.localhost') || (isIP(host) !== 0 && !isGlobalUnicast(host)))
    throw refuse('must have a public address');
  return url.href;
}

function lengthRule(text: string, sent: string): string {
  const rule = `must have at most ${MAX_URL_LENGTH} characters`;
  return text.length > MAX_URL_LENGTH ? rule : `${rule}. With percent-encoding, as it is sent, it has ${sent.length}`;
}

/** Queries the next server after 2 s, and each server twice. This fits within the timeout of an attempt. */
const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });

/**
 * Queries the name servers directly. Only localhost uses the lookup of the system, which runs in the four threads of Node's pool:
 * a name server that does not respond would hold up the deliveries of all customers.
 */
async function resolveAll(hostname: string): Promise<LookupAddress[]> {
  if (withoutDots(hostname) === 'localhost') return dns.lookup(hostname, { all: true });
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const addresses = [
    ...(ipv4.status === 'fulfilled' ? ipv4.value.map((address) => ({ address, family: 4 })) : []),
    ...(ipv6.status === 'fulfilled' ? ipv6.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (addresses.length === 0 && ipv4.status === 'rejected') {
    const { code } = ipv4.reason as NodeJS.ErrnoException;
    throw Object.assign(new Error('The name cannot be resolved'), { code });
  }
  return addresses;
}

const resolveAllBack = callbackify(resolveAll);

/**
 * Resolves a name for a connection and refuses it if any of its addresses is not allowed. The connection uses the addresses
 * that were checked, so a name that changes in between has no effect.
 */
export function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveAllBack(hostname, (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      if (error) {
        callback(error, '');
        return;
      }
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isAllowed(address))) {
        callback(new ForbiddenAddressError('The name resolves to an address that is not public.'), '');
        return;
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Check for the addresses of an endpoint: loopback for http in demo mode, otherwise global unicast. */
export function addressesAllowedFor(url: URL, allowsLoopback: boolean): (address: string) => boolean {
  return allowsLoopback && url.protocol === 'http:' ? isLoopback : isGlobalUnicast;
}

/** @throws ForbiddenAddressError for a URL with port 0, or with a forbidden address instead of a name, which needs no lookup */
export function assertHostAllowed(url: URL, isAllowed: (address: string) => boolean): void {
  const host = hostOf(url);
  // Of a webhook from before it was refused. Node would connect to the default port.
  if (url.port === '0') throw new ForbiddenAddressError('The URL has port 0. Update the URL of the webhook.');
  if (isIP(host) !== 0 && !isAllowed(host)) throw new ForbiddenAddressError('The address is not public.');
}
