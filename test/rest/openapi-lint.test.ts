import 'reflect-metadata';
import { Spectral } from '@stoplight/spectral-core';
import { oas } from '@stoplight/spectral-rulesets';
import { definedEnums } from '../../src/platform/base/enum';
import { toCamelCase } from '../../src/platform/base/camel-case';
import { printGatewayOpenApi } from '../../src/programs/schema/emit-schema.cli';
import { TestApp } from '../support/test-app';

const VERBS =
  /^(get|list|create|update|replace|associate|disassociate|disable|enable|validate|record|archive|unarchive|cancel|test|retry|send)[A-Z][A-Za-z]*$/;

interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  required?: string[];
  enum?: (string | null)[];
  items?: Schema;
  anyOf?: Schema[];
}
interface Parameter {
  name: string;
  in: string;
  description?: string;
  schema: Schema;
  style?: string;
  explode?: boolean;
}
interface Response {
  description?: string;
  headers?: Record<string, { description?: string }>;
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, Response>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
}

let text: string;
let document: Document;
let operations: (Operation & { method: string; path: string })[];
beforeAll(async () => {
  text = await printGatewayOpenApi();
  document = await resolve(text);
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
});

/** The document with the content of its references. */
async function resolve(content: string): Promise<Document> {
  const spectral = new Spectral();
  spectral.setRuleset({ rules: {} });
  return (await spectral.runWithResolved(content)).resolved as Document;
}

async function findings(content: string): Promise<string[]> {
  const spectral = new Spectral();
  spectral.setRuleset(oas as never);
  return (await spectral.run(content)).map(({ code, message, path }) => `${code} ${path.join('.')}: ${message}`);
}

test('Spectral, whose rules include the meta-schema of OpenAPI 3.1, finds nothing', async () => {
  expect(await findings(text)).toEqual([]);
  const broken = text.replace('      operationId: getDevice\n', '      operationid: getDevice\n');
  expect((await findings(broken)).map((finding) => finding.split(' ')[0])).toEqual(
    expect.arrayContaining(['oas3-schema', 'operation-operationId']),
  );
});

test('the served documents in YAML and JSON are the committed one', async () => {
  const app = await TestApp.start();
  const served = (format: string) => fetch(`${app.url}/api/v3/openapi.${format}`).then((response) => response.text());
  expect(await served('yaml')).toBe(text.replace(/^#.*\n/, ''));
  expect(await resolve(await served('json'))).toEqual(document);
  await app.stop();
});

test('each operation has a name that starts with a verb, and is not that of another', () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(names.filter((name) => !VERBS.test(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test('operations, parameters, responses, headers, shapes and their members are described in at most 300 characters', () => {
  const missing: string[] = [];
  const check = (place: string, description: string | undefined, limit = 300) => {
    if (!description || !/[.:]$/.test(description) || description.length > limit)
      missing.push(`${place}: ${description}`);
  };
  for (const { operationId, summary, description, parameters = [], responses } of operations) {
    check(operationId, description);
    if (!summary || summary.length > 60) missing.push(`${operationId}: ${summary}`);
    for (const parameter of parameters) check(`${operationId} ${parameter.name}`, parameter.description);
    for (const [status, response] of Object.entries(responses)) {
      // Those of refusals list codes.
      check(`${operationId} ${status}`, response.description, status >= '400' ? Infinity : 300);
      for (const [name, header] of Object.entries(response.headers ?? {}))
        check(`${status} ${name}`, header.description);
    }
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    check(name, schema.description);
    walk(schema, name, ({ properties = {} }, place) => {
      for (const [member, inner] of Object.entries(properties)) check(`${place}.${member}`, inner.description);
    });
  }
  expect(missing).toEqual([]);
});

test('a number has a unit, unless it is an id, a version, a status of HTTP or a count', () => {
  const UNITLESS = /^(id|\w+Id|version|expectedVersion)$|\b(HTTP status|Number of|Maximum number of)\b/;
  const UNIT = /\b(seconds|milliseconds)\b/;
  const missing: string[] = [];
  const check = (place: string, name: string, schema: Schema, beside: Record<string, Schema> = {}) => {
    const { type, description = '' } = schema;
    if (![type].flat().some((one) => one === 'integer' || one === 'number')) return;
    const unit = beside[`${name}Unit`];
    if (unit ? !/^Unit of /.test(unit.description ?? '') || !unit.enum?.length : !UNIT.test(description))
      if (!UNITLESS.test(name) && !UNITLESS.test(description)) missing.push(`${place}.${name}: ${description}`);
  };
  for (const [shape, schema] of Object.entries(document.components.schemas))
    walk(schema, shape, ({ properties = {} }, place) => {
      for (const [name, member] of Object.entries(properties)) check(place, name, member, properties);
    });
  for (const { operationId, parameters = [] } of operations)
    for (const { name, description, schema } of parameters) check(operationId, name, { ...schema, description });
  expect(missing).toEqual([]);
  check('Broken', 'weight', { type: ['number', 'null'], description: 'Weight.' });
  expect(missing).toEqual(['Broken.weight: Weight.']);
});

test('a request has a body that is required and closed. Responses are open, because members may be added', () => {
  for (const { operationId, requestBody, responses } of operations) {
    if (requestBody) {
      expect([operationId, requestBody.required, Object.keys(requestBody.content)]).toEqual([
        operationId,
        true,
        ['application/json'],
      ]);
      walk(
        requestBody.content['application/json']!.schema,
        operationId,
        ({ properties, additionalProperties }, place) => {
          if (properties) expect([place, additionalProperties]).toEqual([place, false]);
        },
      );
    }
    for (const { content = {} } of Object.values(responses))
      for (const { schema } of Object.values(content))
        walk(schema, operationId, ({ properties = {}, required = [], additionalProperties }, place) => {
          expect([place, additionalProperties]).toEqual([place, undefined]);
          expect([place, [...required].sort()]).toEqual([place, Object.keys(properties).sort()]);
        });
  }
});

test('a response says of its enums whether values may be added', () => {
  const closed = definedEnums()
    .filter((one) => one.closed)
    .map(({ values }) =>
      Object.keys(values)
        .map((value) => toCamelCase(value))
        .join(),
    );
  for (const { operationId, responses } of operations)
    for (const { content = {} } of Object.values(responses))
      for (const { schema } of Object.values(content))
        walk(schema, operationId, ({ enum: values, description }, place) => {
          const names = values?.filter((value) => value !== null).join();
          if (names === undefined) return;
          expect([place, description?.endsWith('Values may be added.')]).toEqual([place, !closed.includes(names)]);
        });
});

test('pages have defaults, and a repeated parameter is written once for each value', () => {
  const pages = operations.filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'page'));
  expect(pages.length).toBeGreaterThan(0);
  for (const { parameters = [] } of pages) {
    const byName = new Map(parameters.map((parameter) => [parameter.name, parameter.schema]));
    expect(byName.get('page')).toMatchObject({ type: 'integer', minimum: 1, default: 1 });
    expect(byName.get('size')).toMatchObject({ type: 'integer', minimum: 1, maximum: 250, default: 15 });
  }
  for (const { parameters = [] } of operations)
    for (const { in: place, schema, style = 'form', explode = true } of parameters)
      if (schema.type === 'array') expect([place, style, explode]).toEqual(['query', 'form', true]);
});

test('what was created is named by the header Location exactly if it can be read', () => {
  for (const { path, responses } of operations) {
    const created = responses['201'];
    if (created)
      expect([path, 'Location' in (created.headers ?? {})]).toEqual([path, `${path}/{id}` in document.paths]);
  }
  expect(document.components.responses.Unauthorized!.headers).toHaveProperty('WWW-Authenticate');
});

/** Visits a schema and what is in it. */
function walk(schema: Schema, place: string, visit: (schema: Schema, place: string) => void): void {
  visit(schema, place);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${place}.${name}`, visit);
  if (schema.items) walk(schema.items, place, visit);
  for (const inner of schema.anyOf ?? []) walk(inner, place, visit);
}
