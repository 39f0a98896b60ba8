import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { bodySchemaOf, parametersIn, type GeneratedRequest } from './generated-requests.harness';
import { choicesOf, type JsonSchema } from './schema-values.harness';

/** What the document says about a request. */
export interface Verdict {
  isAllowed: boolean;
  /** Members and parameters at fault, with dots for inner members. Empty if the request as a whole is at fault. */
  fields: string[];
}

/** Decides whether the document allows a request. */
export class DocumentRules {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly compiled = new Map<object, ValidateFunction>();

  constructor(components: object) {
    addFormats(this.ajv);
    this.ajv.addSchema({ $id: 'document', components });
  }

  verdictOn(request: GeneratedRequest): Verdict {
    const places = [this.pathFaults(request), this.queryFaults(request), this.bodyFaults(request)];
    const faults = places.filter((fields) => fields !== undefined);
    return { isAllowed: faults.length === 0, fields: faults.flat() };
  }

  private pathFaults({ operation, path }: GeneratedRequest): string[] | undefined {
    return someFaults(
      parametersIn(operation, 'path').flatMap(({ name, schema }) =>
        this.allowsTexts(schema, [path[name]!]) ? [] : [name],
      ),
    );
  }

  private queryFaults({ operation, query }: GeneratedRequest): string[] | undefined {
    const parameters = parametersIn(operation, 'query');
    const names = new Set([...query.map(([name]) => name), ...parameters.map(({ name }) => name)]);
    return someFaults(
      [...names].filter((name) => {
        const parameter = parameters.find((one) => one.name === name);
        const texts = query.filter(([given]) => given === name).map(([, text]) => text);
        if (!parameter) return true;
        return texts.length === 0 ? parameter.required === true : !this.allowsTexts(parameter.schema, texts);
      }),
    );
  }

  private bodyFaults({ operation, body }: GeneratedRequest): string[] | undefined {
    const schema = bodySchemaOf(operation);
    if (!schema) return undefined; // a body that is not asked for is not read
    const value = body === undefined ? undefined : parsed(body);
    if (value === undefined) return [];
    const validate = this.validatorOf(schema);
    return validate(value) ? undefined : validate.errors!.flatMap(fieldsOf);
  }

  /** Whether texts of a parameter are values of its schema. */
  private allowsTexts(schema: JsonSchema, texts: readonly string[]): boolean {
    const choices = choicesOf(schema);
    if (choices) return choices.some((choice) => this.allowsTexts(choice, texts));
    const validate = this.validatorOf(schema);
    if (schema.type === 'array') return validate(texts.map((text) => valueOf(text, schema.items!)));
    return texts.length === 1 && validate(valueOf(texts[0]!, schema));
  }

  private validatorOf(schema: object): ValidateFunction {
    let validate = this.compiled.get(schema);
    if (!validate) {
      const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
      this.compiled.set(schema, (validate = this.ajv.compile(JSON.parse(text) as object)));
    }
    return validate;
  }
}

const someFaults = (fields: string[]): string[] | undefined => (fields.length === 0 ? undefined : fields);

/** The value that a text of a parameter stands for; the text itself if it is none of the type. */
function valueOf(text: string, { type }: JsonSchema): unknown {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf({ instancePath, keyword, params }: ErrorObject): string[] {
  const place = instancePath.split('/').slice(1);
  if (keyword === 'additionalProperties') place.push(String(params.additionalProperty));
  if (keyword === 'required') place.push(String(params.missingProperty));
  return place.length === 0 ? [] : [place.join('.')];
}
