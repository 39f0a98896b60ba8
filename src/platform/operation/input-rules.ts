import { z } from 'zod';
import { badInput, DomainError } from '../base/errors';
import { invalidValuesIn, unreadableValuesIn } from '../base/invalid-value';

/**
 * Control characters but for tab and line ends: PostgreSQL cannot store NUL, and nobody can read the others. Likewise halves of
 * surrogate pairs (\p{Cs}), which are no characters: PostgreSQL refuses them in JSON, and in UTF-8 they become another one.
 */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Cs}/u;
// eslint-disable-next-line no-control-regex
const CONTROL_OR_LINE_END = /[\u0000-\u001f\u007f]|\p{Cs}/u;

/** One line of text without surrounding spaces; lengths in UTF-16 code units. */
export function line(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !CONTROL_OR_LINE_END.test(text), 'must not contain control characters or line ends');
}

/** A line that may be absent; an empty one is taken as none. */
export function optionalLine(max: number) {
  return z.preprocess(trimToNull, line(max).nullish());
}

/** The note of a change: what a person wrote down, several lines allowed. An empty one is taken as none. */
export const noteRule = z.preprocess(
  trimToNull,
  z
    .string()
    .trim()
    .max(2_000, 'must have at most 2000 characters')
    .refine((text) => !CONTROL.test(text), 'must not contain control characters')
    .nullish(),
);

export const emailRule = z.preprocess(
  trimToNull,
  z.email('must be an e-mail address').max(254, 'must have at most 254 characters').nullish(),
);

export const phoneNumberRule = z.preprocess(
  trimToNull,
  z
    .string()
    .trim()
    .regex(/^[+0-9().\-/ x]{3,32}$/i, 'must be a phone number: 3 to 32 digits, spaces and +().-/x')
    .nullish(),
);

export const addressRule = z
  .object({
    lineOne: optionalLine(200),
    lineTwo: optionalLine(200),
    lineThree: optionalLine(200),
    city: optionalLine(100),
    state: optionalLine(100),
    zipCode: optionalLine(20),
    country: optionalLine(100),
    note: noteRule,
  })
  .nullish();

/** Surrounding spaces are nobody's meaning, and an empty text is none. */
function trimToNull(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() || null : value;
}

/** A member of a change that has no empty value: absent it stays, null is refused. */
export function kept<Rule extends z.ZodType>(rule: Rule) {
  const given = z.unknown().refine((value): boolean => value !== null, 'cannot be cleared: leave it out to keep it');
  return given.pipe(rule).optional();
}

/** Rules of some members of an input: they check and clean what is given, and leave its type. */
export type InputRules<Input extends object> = { [Member in keyof Input]?: z.ZodType<Input[Member]> };

/** An input whose rules exclude values that its class allows, as those of `kept` do. */
export type Checked<Input, Rules extends z.ZodRawShape> = Omit<Input, keyof Rules> & z.output<z.ZodObject<Rules>>;

/**
 * A check of inputs against rules. It returns the input with texts trimmed; members that the rules do not name are kept.
 *
 * The check throws DomainError INVALID_INPUT, one problem for each broken rule and each value that no scalar could read, with its
 * path.
 *
 * @param itemwise the list whose items whoever uses the check refuses one by one
 */
export function inputChecker<Input extends object>(
  rules: InputRules<Input>,
  itemwise?: keyof Input,
): (input: Input) => Input {
  const schema = z.object(rules as z.ZodRawShape);
  return (input) => {
    const searched = itemwise === undefined ? input : { ...input, [itemwise]: undefined };
    const result = schema.safeParse(input);
    // Rules of texts say more than that PostgreSQL could not hold them.
    const invalid = (result.success ? invalidValuesIn : unreadableValuesIn)(searched, ['input']);
    if (result.success && invalid.length === 0) return { ...input, ...result.data };
    const isInvalid = new Set(invalid.map(({ place }) => place.join('.')));
    const broken = (result.error?.issues ?? []).map(({ path, message }) =>
      badInput(['input', ...path.map(String)], message),
    );
    const problems = [...invalid, ...broken.filter(({ place }) => !isInvalid.has(place.join('.')))];
    throw new DomainError(problems.map((problem) => problem.toProblem()));
  };
}
