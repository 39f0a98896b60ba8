import { z } from 'zod';
import { systemClock } from '../base/clock';
import { badInput, DomainError } from '../base/errors';
import { invalidValuesIn } from '../base/invalid-value';
import { normalText } from '../base/normal-text';
import { isPhoneNumber, MAX_PHONE_NUMBER_LENGTH } from '../base/phone-number';

/** Control characters except tab and line ends: they are invisible. `ruleOfText` refuses what is no text at all. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/;
// eslint-disable-next-line no-control-regex
const CONTROL_OR_LINE_END = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** They change the direction of the text that follows, so a text can look like another one. Marks for a single place are allowed. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/;
/** A letter, digit, punctuation mark or symbol that is not a filler or a blank. */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/** A text in normal form that people can read. */
const readable = z
  .string()
  .overwrite(normalText)
  .refine((text) => text === '' || VISIBLE.test(text), 'must have a visible character')
  .refine((text) => !DIRECTION.test(text), 'must not contain characters that change the direction of text');

/** One line of text. Lengths are in UTF-16 code units. */
export function line(max: number) {
  return readable
    .min(1, 'must not be empty')
    .max(max, { error: `must have at most ${max} characters`, abort: true })
    .refine((text) => !CONTROL_OR_LINE_END.test(text), 'must not contain control characters or line ends');
}

/** A line that may be absent. An empty one counts as absent. */
export function optionalLine(max: number) {
  return z.preprocess(normalOrNull, line(max).nullish());
}

const note = readable
  .max(2_000, 'must have at most 2000 characters')
  .refine((text) => !CONTROL.test(text), 'must not contain control characters');

/** The note on a change. Several lines are allowed; an empty one counts as absent. */
export const noteRule = z.preprocess(normalOrNull, note.nullish());

/** A note that a change requires. */
export const reasonRule = note.min(1, 'must not be empty');

/**
 * What HTML accepts in an input of the type email, with letters of all alphabets, and with a domain of at least two labels. So
 * `mom&dad@example.com` is accepted. Each part is bounded, so the time is linear.
 */
const EMAIL =
  /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])$/u;

export const emailRule = z.preprocess(
  normalOrNull,
  z
    .string()
    .max(254, { error: 'must have at most 254 characters', abort: true })
    .regex(EMAIL, 'must be an email address, such as mary@example.com')
    .nullish(),
);

export const phoneNumberRule = z.preprocess(
  normalOrNull,
  line(MAX_PHONE_NUMBER_LENGTH)
    .refine(isPhoneNumber, 'must be a phone number, such as +1 555 010 1234 or 555-010-1234 ext. 12')
    .nullish(),
);

const EARLIEST_BIRTH = '1850-01-01';

/** The latest date on Earth: that of the time zone which is farthest ahead of UTC. */
const latestDate = (now: Date): string => new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);

export const birthDateRule = z
  .string()
  .refine((date) => date >= EARLIEST_BIRTH, 'must not be before 1850')
  .refine((date) => date <= latestDate(systemClock.now()), 'must not be in the future')
  .nullish();

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
    const isItemwise = itemwise !== undefined && Array.isArray(input[itemwise]);
    const checked = isItemwise ? { ...input, [itemwise]: undefined } : input;
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
