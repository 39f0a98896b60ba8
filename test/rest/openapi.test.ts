import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { printGatewayOpenApi } from '../../src/programs/schema/emit-schema.cli';

it('docs/openapi.yaml is up to date: `npm run schema` regenerates it', async () => {
  const committed = readFileSync(join(__dirname, '../../docs/openapi.yaml'), 'utf8');
  expect(committed).toBe(await printGatewayOpenApi());
});
