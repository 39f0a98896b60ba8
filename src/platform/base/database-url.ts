/** URLs of PostgreSQL, with one host or several: `postgres://user@one,two:5433/database?target_session_attrs=read-write`. */

const SCHEME = /^postgres(ql)?:\/\//;
/** Up to the hosts, the hosts, and the rest. A password may contain an @. */
const PARTS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s;

/** Which of several hosts to use. The gateway writes, so it needs the one that accepts writes. */
const SESSION_ATTRIBUTES = ['read-write', 'primary', 'any'];

/**
 * One URL per host, in their order. The list is in the place of the host, or in the parameters `host` and `port`, as in libpq.
 * Not checked.
 */
export function urlsPerHost(url: string): string[] {
  const [, start, hosts, rest] = PARTS.exec(url) ?? [];
  if (start === undefined) return [url];
  const perHost = hosts!.split(',').map((host) => `${start}${host}${rest}`);
  if (perHost.length > 1 || !URL.canParse(url)) return perHost;
  const { searchParams } = new URL(url);
  const names = searchParams.get('host')?.split(',') ?? [];
  if (names.length < 2) return perHost;
  const ports = searchParams.get('port')?.split(',') ?? [];
  return names.map((name, index) => {
    const one = new URL(url);
    one.searchParams.set('host', name);
    const port = ports.length > 1 ? ports[index] : ports[0];
    if (port !== undefined) one.searchParams.set('port', port);
    return one.toString();
  });
}

/** The fault of a URL, without its parts, since it may contain a password. Undefined when it has none. */
export function faultOfDatabaseUrl(url: string): string | undefined {
  const valid = 'must be a URL like postgres://user:password@host:5432/database, with a user';
  const urls = urlsPerHost(url);
  if (!SCHEME.test(url) || !urls.every((each) => URL.canParse(each)) || databaseUserOf(url) === undefined) return valid;
  const several = urls.length > 1 ? '; several hosts are separated by commas, each with its own port' : '';
  if (urls.some((each) => /[,\s]/.test(new URL(each).host))) return `${valid}${several}`;
  const attributes = new URL(urls[0]!).searchParams.get('target_session_attrs');
  return attributes === null || SESSION_ATTRIBUTES.includes(attributes)
    ? undefined
    : `must have target_session_attrs=read-write, primary or any, or none: the gateway needs the host that accepts writes`;
}

/** User that pg logs in as. `?user=` takes precedence over the user before the host. Undefined when the URL has neither. */
export function databaseUserOf(databaseUrl: string): string | undefined {
  const url = new URL(urlsPerHost(databaseUrl)[0]!);
  const user = url.searchParams.get('user') ?? decode(url.username);
  return user === '' ? undefined : user;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
