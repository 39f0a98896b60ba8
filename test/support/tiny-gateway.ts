import { EventEmitter, on } from 'node:events';
import fastify from 'fastify';
import { buildSchema, graphql } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { type GraphiqlOptions, prefersHtml, sendGraphiqlPage, serveGraphiql } from '../../src/http/graphiql';

const schema = buildSchema(`
  type Query { greeting: String! }
  type Mutation { rename(name: String!): String! }
  type Subscription { renamed: String! }
`);

/** A server of three fields that answers nobody without `key`: enough for the explorer, and nothing of the gateway's. */
export async function startTinyGateway(key: string, options: Omit<GraphiqlOptions, 'endpoint'>) {
  const changes = new EventEmitter();
  let name = 'world';
  const rootValue = {
    greeting: () => `Hello ${name}`,
    rename: (input: { name: string }) => {
      name = input.name;
      changes.emit('renamed', name);
      return name;
    },
    renamed: async function* (_args: unknown, { signal }: { signal: AbortSignal }) {
      for await (const [renamed] of on(changes, 'renamed', { signal })) yield { renamed: String(renamed) };
    },
  };

  const app = fastify();
  serveGraphiql(app, { endpoint: '/graphql', ...options });
  app.get('/graphql', (request, reply) => {
    if (prefersHtml(request.headers.accept)) return sendGraphiqlPage(reply);
    return reply.code(405).send();
  });
  app.post('/graphql', async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${key}`) {
      return reply.code(401).send({ errors: [{ message: 'Who are you?' }] });
    }
    const { query, variables, operationName } = request.body as Record<string, string>;
    return graphql({ schema, rootValue, source: query!, variableValues: variables as never, operationName });
  });

  const sockets = new WebSocketServer({ server: app.server, path: '/graphql' });
  const open = new Set<AbortController>();
  const disposable = useServer(
    {
      schema,
      roots: { subscription: rootValue as never },
      onConnect: ({ connectionParams }) => connectionParams?.authorization === `Bearer ${key}`,
      context: () => {
        const controller = new AbortController();
        open.add(controller);
        return { signal: controller.signal };
      },
    },
    sockets,
  );

  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    rename: rootValue.rename,
    subscribers: () => changes.listenerCount('renamed'),
    async stop() {
      await disposable.dispose();
      await app.close();
    },
  };
}
