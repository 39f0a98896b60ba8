import { z } from 'zod';
import { badInput, DomainError } from '../base/errors';
import { invalidValuesIn } from '../base/invalid-value';
import { normalText } from '../base/normal-text';

/** Control characters except tab and line ends: they are invisible. `ruleOfText` refuses what is no text at all. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex
const CONTROL_OR_LINE_END = /[\u0000-\u001f\u007f]/;

/** One line of text in normal form. Lengths are in UTF-16 code units. */
export function line(max: number) {
  return z
    .string()
    .overwrite(normalText)
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !CONTROL_OR_LINE_END.test(text), 'must not contain control characters or line ends');
}

/** A line that may be absent. An empty one counts as absent. */
export function optionalLine(max: number) {
  return z.preprocess(normalOrNull, line(max).nullish());
}

const note = z
  .string()
  .overwrite(normalText)
  .max(2_000, 'must have at most 2000 characters')
  .refine((text) => !CONTROL.test(text), 'must not contain control characters');

/** The note on a change. Several lines are allowed; an empty one counts as absent. */
export const noteRule = z.preprocess(normalOrNull, note.nullish());

/** A note that a change requires. */
export const reasonRule = note.min(1, 'must not be empty');

export const emailRule = z.preprocess(
  normalOrNull,
  z.email('must be an email address').max(254, 'must have at most 254 characters').nullish(),
);

export const phoneNumberRule = z.preprocess(
  normalOrNull,
  z
    .string()
    .overwrite(normalText)
    .regex(/^[+0-9().\-/ x]{3,32}$/i, 'must be a phone number: 3 to 32 digits, spaces or +().-/x')
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

/** A text in normal form; an empty one becomes null. */
function normalOrNull(value: unknown): unknown {
  return typeof value === 'string' ? normalText(value) || null : value;
}

/** A member of an update that cannot be cleared: it may be omitted, but null is refused. */
export function nonNull<Rule extends z.ZodType>(rule: Rule) {
  const given = z.unknown().refine((value): boolean => value !== null, 'cannot be cleared; omit it to keep it');
  return given.pipe(rule).optional();
}

/** Rules for some members of an input. They check and normalize the value and do not change its type. */
export type InputRules<Input extends object> = { [Member in keyof Input]?: z.ZodType<Input[Member]> };

/** An input whose rules exclude values that its class allows, as `nonNull` does. */
export type Checked<Input, Rules extends z.ZodRawShape> = Omit<Input, keyof Rules> & z.output<z.ZodObject<Rules>>;

/**
 * Makes a function that checks inputs against rules. It returns the input with texts in normal form; members without a rule are kept.
 *
 * The function throws DomainError INVALID_INPUT with one problem, with its path, for each broken rule and for each value that a
 * scalar could not parse.
 *
 * @param itemwise a list whose items the caller of the function checks one by one
 */
export function inputChecker<Input extends object>(
  rules: InputRules<Input>,
  itemwise?: keyof Input,
): (input: Input) => Input {
  const schema = z.object(rules as z.ZodRawShape);
  return (input) => {
    const checked = itemwise === undefined ? input : { ...input, [itemwise]: undefined };
    const result = schema.safeParse(input);
    const invalid = invalidValuesIn(checked, ['input']);
    if (result.success && invalid.length === 0) return { ...input, ...result.data };
    const isInvalid = new Set(invalid.map(({ place }) => place.join('.')));
    const broken = (result.error?.issues ?? []).map(({ path, message }) =>
      badInput(['input', ...path.map(String)], message),
    );
    const problems = [...invalid, ...broken.filter(({ place }) => !isInvalid.has(place.join('.')))];
    throw new DomainError(problems.map((problem) => problem.toProblem()));
  };
}
