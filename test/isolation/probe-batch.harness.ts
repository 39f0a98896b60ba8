import { getNamedType, type GraphQLSchema } from 'graphql';
import { callOf, selectionOf } from '../support/schema-walk';
import type { CallerName, GraphqlError, GraphqlResponse, TestApp } from '../support/test-app';
import { answerText, type Probe } from './probe.harness';

/** A probe takes two of the 30 aliases that an operation may have, and its lists their part of the cost. */
const PROBES_A_REQUEST = 12;

/** What was answered to both questions of a probe. */
export interface Answered {
  probe: Probe;
  foreign: string;
  missing: string;
}

type Answer = Pick<GraphqlResponse, 'data' | 'errors'>;

/** Asks both questions of each probe, those of one selection in one request as long as they fit; in any order. */
export async function askProbes(
  app: TestApp,
  schema: GraphQLSchema,
  caller: CallerName,
  probes: readonly Probe[],
): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (const batch of batchesOf(probes)) {
    const sides = batch.flatMap((probe, index) => [
      { probe, alias: `foreign${index}`, variables: probe.foreign },
      { probe, alias: `missing${index}`, variables: probe.missing },
    ]);
    const { document, variables } = operationOf(schema, sides);
    const answer = await app.query<Answer['data'] | null>(caller, document, variables);
    assertValid(batch, answer.errors);
    for (const [index, probe] of batch.entries()) {
      const values = probe.values.flatMap((value) => [value.foreign, value.missing]);
      // An error of a field that cannot be null leaves nothing of the others: then each is asked by itself.
      const [foreign, missing] =
        answer.data === null
          ? [
              await app.query(caller, probe.document, probe.foreign),
              await app.query(caller, probe.document, probe.missing),
            ]
          : [partOf(answer as Answer, `foreign${index}`), partOf(answer as Answer, `missing${index}`)];
      answered.push({ probe, foreign: answerText(foreign, values), missing: answerText(missing, values) });
    }
  }
  return answered;
}

function assertValid(batch: readonly Probe[], errors: readonly GraphqlError[] = []): void {
  const unknown = errors.find(({ extensions }) => /^(GRAPHQL_|OPERATION_TOO)/.test(extensions.code));
  if (unknown) throw new Error(`${batch[0]!.path} and others: ${JSON.stringify(unknown)}`);
}

/** Of one selection; those with cursors apart, as a cursor of others is an error. */
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

/** One operation for many questions, whose fields have the same selection. */
function operationOf(
  schema: GraphQLSchema,
  sides: readonly Side[],
): { document: string; variables: Record<string, unknown> } {
  const answered = getNamedType(sides[0]!.probe.container.field.type);
  const selection = selectionOf(schema, answered);
  const declarations: string[] = [];
  const variables: Record<string, unknown> = {};
  const fields = sides.map(({ probe: { container }, alias, variables: own }) => {
    const prefix = `${alias}_`;
    const { call, declarations: ofCall } = callOf(container.field, own, prefix);
    for (const [name, value] of Object.entries(own)) variables[prefix + name] = value;
    declarations.push(...ofCall);
    const selected = `${call} ${selection === '' ? '' : '{ ...Answered }'}`;
    if (container.type === undefined) return `${alias}: ${selected}`;
    declarations.push(`$${prefix}container: ID!`);
    return `${alias}: node(id: $${prefix}container) { ... on ${container.type} { ${selected} } }`;
  });
  const fragment = selection === '' ? '' : `fragment Answered on ${answered.name} ${selection}`;
  return { document: `query Probes(${declarations.join(', ')}) { ${fields.join(' ')} } ${fragment}`, variables };
}

/** What is answered to one alias, without its name. */
function partOf({ data, errors = [] }: Answer, alias: string): unknown {
  const own = errors.filter(({ path }) => path?.[0] === alias);
  return {
    data: data[alias],
    errors: own.map(({ path, locations: _, ...rest }) => ({ ...rest, path: path!.slice(1) })),
  };
}
