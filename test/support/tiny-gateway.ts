import { EventEmitter, on } from 'node:events';
import fastify from 'fastify';
import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type GraphiqlOptions, prefersHtml, sendGraphiqlPage, serveGraphiql } from '../../src/http/graphiql';

export interface TinyGatewayOptions extends Omit<GraphiqlOptions, 'endpoint'> {
  /** The only key it answers to. */
  readonly key: string;
  readonly port?: number;
}

interface PostBody {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** A server of three fields: all that the explorer needs, and nothing of the gateway's. */
export async function startTinyGateway({ key, port = 0, ...options }: TinyGatewayOptions) {
  const changes = new EventEmitter();
  let name = 'world';
  const schema = buildSchema(`
    type Query { greeting: String! }
    type Mutation { rename(name: String!): String! }
    type Subscription { renamed: String! }
  `);
  const rootValue = {
    greeting: () => `Hello ${name}`,
    rename: (input: { name: string }) => {
      name = input.name;
      changes.emit('renamed', name);
      return name;
    },
  };
  const renamed = schema.getSubscriptionType()!.getFields().renamed!;
  renamed.subscribe = () => on(changes, 'renamed');
  renamed.resolve = ([newName]: [string]) => newName;

  const app = fastify({ forceCloseConnections: true });
  serveGraphiql(app, { endpoint: '/graphql', ...options });
  app.get('/graphql', (request, reply) =>
    prefersHtml(request.headers.accept) ? sendGraphiqlPage(reply) : reply.code(405).send(),
  );
  app.post<{ Body: PostBody }>('/graphql', async ({ body, headers }, reply) => {
    if (headers.authorization !== `Bearer ${key}`) return reply.code(401).send({ errors: [{ message: 'Who is it?' }] });
    const { query: source, variables: variableValues, operationName } = body;
    return graphql({ schema, rootValue, source, variableValues, operationName });
  });

  const sockets = new WebSocketServer({ server: app.server, path: '/graphql' });
  const streams = useServer(
    { schema, onConnect: ({ connectionParams }) => connectionParams?.authorization === `Bearer ${key}` },
    sockets,
  );
  const address = await app.listen({ host: '127.0.0.1', port });

  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= Promise.resolve(streams.dispose()).then(() => app.close()));

  return {
    port: Number(new URL(address).port),
    url: `${address}/graphql`,
    rename: (newName: string) => rootValue.rename({ name: newName }),
    subscriberCount: () => changes.listenerCount('renamed'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
