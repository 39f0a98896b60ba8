import { toCamelCase } from '../../base/camel-case';
import { definedEnums } from '../../base/enum';
import { UserErrorCode } from '../../base/user-error-code';
import { Problem, PROBLEM_TYPE } from '../../rest/problem';
import type { RestRoute } from '../../rest/route';
import { REST_ONLY_CODES, STATUSES, type RestCode } from '../../rest/statuses';
import { referenceTo } from './schemas';

const JSON_TYPE = 'application/json';

/** A response of the document. */
export interface DocumentedResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, object>>;
  readonly content: Readonly<Record<string, { schema: object; example?: unknown }>>;
}

const refusal = (description: string, headers?: DocumentedResponse['headers']): DocumentedResponse => ({
  description,
  ...(headers && { headers }),
  content: { [PROBLEM_TYPE]: { schema: referenceTo(Problem) } },
});
const header = (description: string, format?: string) => ({
  description,
  schema: { type: 'string', ...(format && { format }) },
});

/** Of all responses to requests with a credential. */
const RATE_LIMIT_HEADERS: DocumentedResponse['headers'] = {
  'RateLimit-Policy': header('Quotas: points of cost (`q`) in a number of seconds (`w`), by name.'),
  RateLimit: header('What is left of them: points (`r`), and seconds until none is spent (`t`).'),
};

/** Responses of all routes. */
const COMMON: Readonly<Record<number, readonly [name: string, DocumentedResponse]>> = {
  400: ['BadRequest', refusal('The request is malformed: a parameter, a member or its type.')],
  401: [
    'Unauthorized',
    refusal('The credential is missing or not valid.', {
      'WWW-Authenticate': header('Scheme of the credential, `Bearer`. `Impilo-API-Key` is accepted, too.'),
    }),
  ],
  403: ['Forbidden', refusal("The role of the caller's key does not allow the request.")],
  406: ['NotAcceptable', refusal('The header `Accept` excludes JSON.')],
  422: ['UnprocessableContent', refusal('The result is larger than the limit of its size. Ask for smaller pages.')],
  429: [
    'TooManyRequests',
    refusal('The limit of the rate, or of what one customer may use at a time, is reached.', {
      'Retry-After': header('Seconds until the same request can succeed.'),
      ...RATE_LIMIT_HEADERS,
    }),
  ],
  431: ['RequestHeaderFieldsTooLarge', refusal('The headers, with the URL, are larger than 16 KB.')],
  500: ['InternalServerError', refusal('A fault of the gateway, with an error id for its log.')],
  503: [
    'ServiceUnavailable',
    refusal('The gateway or its database is not available, or the request took too long. Try again.'),
  ],
};
/** Responses of all routes with a body. */
const COMMON_WITH_BODY: typeof COMMON = {
  408: ['RequestTimeout', refusal('The body did not arrive within 30 seconds.')],
  413: ['ContentTooLarge', refusal('The body is larger than 1 MB.')],
  415: ['UnsupportedMediaType', refusal('The body is not JSON, or has another content type.')],
};

/** The responses that routes share, by name. */
export function sharedResponses(): Record<string, DocumentedResponse> {
  const shared = [...Object.values(COMMON), ...Object.values(COMMON_WITH_BODY)];
  const sorted = shared.sort(([one], [other]) => (one < other ? -1 : 1));
  return structuredClone(Object.fromEntries(sorted)); // examples are added
}

/** The responses of a route by status. */
export function responsesOf(route: RestRoute, routes: readonly RestRoute[]): Record<number, object> {
  const { response, existing, codes, body } = route;
  const common = Object.entries({ ...COMMON, ...(body && COMMON_WITH_BODY) }).map(
    ([status, [name]]) => [status, { $ref: `#/components/responses/${name}` }] as const,
  );
  const refused = [...new Set(codes.map((code) => STATUSES[code]))].map(
    (status) => [status, refusal(describe(codes.filter((code) => STATUSES[code] === status)))] as const,
  );
  const content = () => ({ [JSON_TYPE]: { schema: referenceTo(response.shape) } });
  const found: Record<number, object> =
    existing === undefined ? {} : { 200: { description: existing, headers: RATE_LIMIT_HEADERS, content: content() } };
  return {
    ...found,
    [response.status]: {
      description: response.description,
      headers: {
        ...(readerOf(route, routes) && { Location: header('Path of what was created.', 'uri-reference') }),
        ...RATE_LIMIT_HEADERS,
      },
      content: content(),
    },
    ...Object.fromEntries<object>([...common, ...refused]),
  };
}

/** The route that reads what a route creates. */
export function readerOf({ response, path }: RestRoute, routes: readonly RestRoute[]): RestRoute | undefined {
  if (response.status !== 201) return undefined;
  return routes.find((route) => route.method === 'GET' && route.path === `${path}/{id}`);
}

/** Words of GraphQL in the meanings of codes, in REST. */
const WORDS: Readonly<Record<string, string>> = { path: 'field', message: 'detail', idempotencyKey: 'Idempotency-Key' };

/** The codes of a response, each with its meaning. Values of enums are in camelCase, as in REST. */
function describe(codes: readonly RestCode[]): string {
  const { descriptions: ofGraphql } = definedEnums().find(({ values }) => values === UserErrorCode)!;
  const descriptions: Readonly<Record<string, string>> = { ...ofGraphql, ...REST_ONLY_CODES };
  const lines = codes.map((code) => {
    const meaning = descriptions[code]!.replaceAll(/`(\w+)`/g, (_match, word: string) => {
      const isValue = word === word.toUpperCase() && !(word in UserErrorCode);
      return `\`${WORDS[word] ?? (isValue ? toCamelCase(word) : word)}\``;
    });
    return `- \`${code}\`: ${meaning}`;
  });
  return `Refused with one of these codes:\n\n${lines.join('\n')}`;
}
