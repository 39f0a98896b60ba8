import { getNamedType, type GraphQLSchema } from 'graphql';
import { callOf, selectionOf } from '../support/schema-walk';
import type { CallerName, GraphqlError, GraphqlResponse, TestApp } from '../support/test-app';
import { resultText, type Probe } from './probe.harness';

/** A probe needs two aliases, of which an operation may have 30, and its lists add to the cost. */
const PROBES_A_REQUEST = 10;

/** Results of both variants of a probe, as text. */
export interface ProbeResult {
  probe: Probe;
  foreign: string;
  missing: string;
}

type Result = Pick<GraphqlResponse, 'data' | 'errors'>;

/** Runs both variants of each probe. Probes with the same selection share requests. The results are in any order. */
export async function sendProbes(
  app: TestApp,
  schema: GraphQLSchema,
  caller: CallerName,
  probes: readonly Probe[],
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const batch of batchesOf(probes)) {
    const sides = batch.flatMap((probe, index) => [
      { probe, alias: `foreign${index}`, variables: probe.foreign },
      { probe, alias: `missing${index}`, variables: probe.missing },
    ]);
    const { document, variables } = operationOf(schema, sides);
    const result = await app.query<Result['data'] | null>(caller, document, variables);
    assertValid(batch, result.errors);
    for (const [index, probe] of batch.entries()) {
      const values = probe.values.flatMap((value) => [value.foreign, value.missing]);
      // An error in a non-null field nulls the whole result. Then each probe is sent separately.
      const [foreign, missing] =
        result.data === null
          ? [
              await app.query(caller, probe.document, probe.foreign),
              await app.query(caller, probe.document, probe.missing),
            ]
          : [partOf(result as Result, `foreign${index}`), partOf(result as Result, `missing${index}`)];
      results.push({ probe, foreign: resultText(foreign, values), missing: resultText(missing, values) });
    }
  }
  return results;
}

function assertValid(batch: readonly Probe[], errors: readonly GraphqlError[] = []): void {
  const unknown = errors.find(({ extensions }) => /^(GRAPHQL_|OPERATION_TOO)/.test(extensions.code));
  if (unknown) throw new Error(`${batch[0]!.path} and others: ${JSON.stringify(unknown)}`);
}

/** Batches of probes with the same selection. Probes with cursors are separate, because another customer's cursor is an error. */
function batchesOf(probes: readonly Probe[]): Probe[][] {
  const batches = new Map<string, Probe[][]>();
  for (const probe of probes) {
    const key = `${getNamedType(probe.container.field.type).name} ${/\((after|before)\)$/.test(probe.path)}`;
    const own = batches.get(key) ?? [];
    if ((own.at(-1)?.length ?? PROBES_A_REQUEST) === PROBES_A_REQUEST) own.push([]);
    own.at(-1)!.push(probe);
    batches.set(key, own);
  }
  return [...batches.values()].flat();
}

interface Side {
  probe: Probe;
  alias: string;
  variables: Record<string, unknown>;
}

/** One operation for many probes whose fields have the same selection. */
function operationOf(
  schema: GraphQLSchema,
  sides: readonly Side[],
): { document: string; variables: Record<string, unknown> } {
  const type = getNamedType(sides[0]!.probe.container.field.type);
  const selection = selectionOf(schema, type);
  const declarations: string[] = [];
  const variables: Record<string, unknown> = {};
  const fields = sides.map(({ probe: { container }, alias, variables: own }) => {
    const prefix = `${alias}_`;
    const { call, declarations: ofCall } = callOf(container.field, own, prefix);
    for (const [name, value] of Object.entries(own)) variables[prefix + name] = value;
    declarations.push(...ofCall);
    const selected = `${call} ${selection === '' ? '' : '{ ...Result }'}`;
    if (container.type === undefined) return `${alias}: ${selected}`;
    declarations.push(`$${prefix}container: ID!`);
    return `${alias}: node(id: $${prefix}container) { ... on ${container.type} { ${selected} } }`;
  });
  const fragment = selection === '' ? '' : `fragment Result on ${type.name} ${selection}`;
  return { document: `query Probes(${declarations.join(', ')}) { ${fields.join(' ')} } ${fragment}`, variables };
}

/** The result of one alias, without the alias. */
function partOf({ data, errors = [] }: Result, alias: string): unknown {
  const own = errors.filter(({ path }) => path?.[0] === alias);
  return {
    data: data[alias],
    errors: own.map(({ path, locations: _, ...rest }) => ({ ...rest, path: path!.slice(1) })),
  };
}
