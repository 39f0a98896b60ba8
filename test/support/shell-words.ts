/** Words of a command, as a shell splits it. */
export function words(command: string): string[] {
  return [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => (single ?? double ?? plain)!,
  );
}

/** A request with curl: `--request`, `--url` or the address alone, `--header` and `--data`. */
export interface CurlRequest {
  method: string;
  url: string;
  headers: [name: string, value: string][];
  body: string | undefined;
}

export function curlRequest(command: string): CurlRequest {
  const [curl, ...given] = words(command);
  if (curl !== 'curl') throw new Error(`This is no request with curl: ${command}`);
  const request: CurlRequest = { method: 'GET', url: '', headers: [], body: undefined };
  const options: Record<string, (value: string) => void> = {
    '--request': (value) => (request.method = value),
    '--url': (value) => (request.url = value),
    '--header': (value) => request.headers.push(value.split(': ') as [string, string]),
    '--data': (value) => (request.body = value),
  };
  while (given.length > 0) {
    const word = given.shift()!;
    if (word.startsWith('--')) options[word]!(given.shift()!);
    else request.url = word;
  }
  return request;
}
