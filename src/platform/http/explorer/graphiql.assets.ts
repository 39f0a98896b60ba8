import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Assets } from '../assets';
import { LOGO } from '../page';

const loadModule = createRequire(__filename);

/** The explorer's files. @param configScript  the script that passes the settings to boot.js */
export function graphiqlAssets(configScript: string): Assets {
  return new Assets({
    'config.js': () => configScript,
    'examples.js': () => readFile(join(__dirname, 'graphiql.examples.js')),
    'boot.js': () => readFile(join(__dirname, 'graphiql.boot.js')),
    'graphql-ws.js': readGraphqlWsClient,
    'graphiql.js': () => loadBundle().js,
    'graphiql.css': () => loadBundle().css,
    'editor.worker.js': () => loadBundle().editorWorkerService,
    'json.worker.js': () => loadBundle().jsonWorker,
    'graphql.worker.js': () => loadBundle().graphqlWorker,
    'logo.svg': () => LOGO,
  });
}

function loadBundle(): typeof import('@graphql-yoga/render-graphiql/graphiql') {
  return loadModule('@graphql-yoga/render-graphiql/graphiql') as ReturnType<typeof loadBundle>;
}

/** The package exports its package.json but not its browser build. */
function readGraphqlWsClient(): Promise<Buffer> {
  return readFile(join(dirname(loadModule.resolve('graphql-ws/package.json')), 'umd', 'graphql-ws.min.js'));
}
