import { connect } from 'node:net';

export interface RawResponse {
  status: number;
  headers: Headers;
  body: string;
}

/**
 * Sends exactly these bytes and reads the response until the server closes the connection.
 *
 * @param request HTTP/1.1 text; each character is a byte. `Connection: close` is added
 * @param options.keepAlive adds nothing, and ends this side of the connection after the request
 */
export async function rawRequest(
  url: string,
  request: string,
  { keepAlive = false }: { keepAlive?: boolean } = {},
): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  if (keepAlive) socket.end(request, 'latin1');
  else socket.write(request.replace('\r\n', '\r\nConnection: close\r\n'), 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const end = text.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(statusLine!.split(' ')[1]), headers, body: text.slice(end + 4) };
}
