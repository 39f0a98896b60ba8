import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Assets, serveAssets } from '../assets';
import { REST_PATH } from '../http-error';
import { LOGO, sendPage } from '../page';
import { contentSecurityPolicy, REFERENCE_PATH, toReferencePage } from './reference.page';
import { STYLE } from './reference.style';

const loadModule = createRequire(__filename);

export interface ReferenceOptions {
  /** Key of the first request. Every visitor of the page can read it, so it is one of demo mode. */
  readonly demoKey: string | undefined;
}

/** Serves the reference page of the REST interface, from an installed package. It loads nothing from other hosts. */
export function serveReference(app: FastifyInstance, { demoKey }: ReferenceOptions): void {
  const config = { document: `${REST_PATH}/openapi.json`, scheme: 'apiKey', key: demoKey };
  const assets = new Assets({
    'config.js': () => `globalThis.referenceConfig = ${JSON.stringify(config)};\n`,
    'boot.js': () => readFile(join(__dirname, 'reference.boot.js')),
    'reference.css': () => STYLE,
    'swagger-ui.js': () => readFile(loadModule.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
    'swagger-ui.css': () => readFile(loadModule.resolve('swagger-ui-dist/swagger-ui.css')),
    'logo.svg': () => LOGO,
  });
  const page = toReferencePage(`${REST_PATH}/openapi.yaml`);
  app.get(REFERENCE_PATH, (_request, reply) => sendPage(reply, contentSecurityPolicy, page));
  serveAssets(app, REFERENCE_PATH, assets, contentSecurityPolicy);
}
