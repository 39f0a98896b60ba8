import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Kind, parse, type OperationDefinitionNode } from 'graphql';
import { serveAssets } from '../assets';
import type { HttpReply } from '../exchange';
import { sendPage } from '../page';
import { graphiqlAssets } from './graphiql.assets';
import { contentSecurityPolicy, page } from './graphiql.page';

/** One document of the explorer's list. */
export interface GraphiqlExample {
  /** Heading in the list. Examples of a group are neighbors. */
  readonly group: string;
  /** The name of its first operation is the title of its tab. */
  readonly query: string;
  /** JSON text. */
  readonly variables?: string | undefined;
  /** JSON text. Default: the default headers. */
  readonly headers?: string | undefined;
}

export interface GraphiqlOptions {
  /** Path of the GraphQL endpoint on this server, for HTTP and WebSocket. */
  readonly endpoint: string;
  /** Initial content of the headers editor. Every visitor of the page can read it, so use demo keys only. */
  readonly defaultHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * Listed beside the editors, and opened by a click. The first one is open on the first visit, and again after the examples
   * or the default headers have changed.
   */
  readonly examples: readonly GraphiqlExample[];
}

/**
 * Serves the explorer's files under /graphiql from installed packages. The page loads nothing from other hosts.
 *
 * The page itself is at the endpoint's address: for GET requests that `prefersHtml`, call `sendGraphiqlPage`.
 */
export function serveGraphiql(app: FastifyInstance, options: GraphiqlOptions): void {
  serveAssets(app, '/graphiql', graphiqlAssets(toConfigScript(options)), contentSecurityPolicy);
}

/** Sends the explorer page. GraphQL clients use the same address. */
export function sendGraphiqlPage(reply: HttpReply): void {
  sendPage(reply, contentSecurityPolicy, page);
}

/** Runs before the bundle, which shows its editors to other scripts only if `globalAPI` is set by then. */
function toConfigScript({ endpoint, defaultHeaders, examples }: GraphiqlOptions): string {
  const headers = defaultHeaders && JSON.stringify(defaultHeaders, null, 2);
  const content = {
    endpoint,
    defaultHeaders: headers,
    examples: examples.map((example) => ({
      ...example,
      ...describe(example.query),
      headers: example.headers ?? headers,
    })),
  };
  const revision = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 8);
  return (
    'globalThis.MonacoEnvironment = { globalAPI: true };\n' +
    `globalThis.explorerConfig = ${JSON.stringify({ ...content, revision })};\n`
  );
}

/** The first operation of a document: `FindDevice` has the label "Find device". */
function describe(query: string): { name: string; type: string; label: string } {
  const operation = parse(query).definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  const name = operation.name!.value;
  const words = name.split(/(?=[A-Z])/).map((word, index) => (index === 0 ? word : word.toLowerCase()));
  return { name, type: operation.operation, label: words.join(' ').replace(/\bapi\b/, 'API') };
}
