import { late, raw, sql, unlessPlannedEachTime, type Fragment } from '../db/sql';
import type { FieldSource } from '../graphql/fields';
import type { Marks } from './marks';
import { NotCompiled } from './not-compiled';
import type { Rows, Selected } from './objects';
import type { Run } from './run';
import { resolverOf, valueWriter, type Selections } from './value-writer';
import { payloadFormat } from './values';

type Computed = Extract<FieldSource, { kind: 'computed' }>;

interface Objects extends Selections {
  readonly marks: Marks;
  textBelow(parent: Rows, select: Fragment): Fragment;
}

/**
 * A value that the resolver of the field makes of columns: a mark with their values, from which Node makes the row again.
 */
export function computedJson(
  of: Objects,
  selected: Selected,
  { columns: members, withRow }: Pick<Computed, 'columns' | 'withRow'>,
  row: Rows,
): Fragment {
  const { alias, columns, constants = {} } = row;
  const { field, nodes } = selected;
  const resolve = resolverOf(field);
  if (!resolve) throw new NotCompiled(field.name);
  const write = valueWriter(of, field.type, nodes);
  const read: { member: string; parse: ((value: string) => unknown) | undefined }[] = [];
  const texts: Fragment[] = [];
  for (const member of members) {
    if (member in constants) continue;
    const column = columns.typeOf(member);
    const format = column && payloadFormat(column);
    if (!format) throw new NotCompiled(`${member} for ${field.name}`);
    const { json, parse } = format;
    read.push({ member, parse });
    texts.push(sql`coalesce(${json(raw(`${alias}."${member}"`))}, 'null')`);
  }
  if (withRow) {
    const loaded = late(
      (run: Run) => withRow.json(run.argumentsOf(selected) as never, alias) ?? raw('select null::text'),
    );
    read.push({ member: withRow.member, parse: undefined });
    texts.push(unlessPlannedEachTime(of.textBelow(row, loaded), raw(`'null'`)));
  }
  const mark = of.marks.slot((payload, run) => {
    const values = JSON.parse(payload) as unknown[];
    const given: Record<string, unknown> = { ...constants };
    read.forEach(({ member, parse }, index) => {
      const value = values[index];
      given[member] = parse && value !== null ? parse(value as string) : value;
    });
    const value = resolve(given, run.argumentsOf(selected), run.ctx);
    return value instanceof Promise ? value.then((loaded) => write(loaded, run)) : write(value, run);
  });
  return mark(sql`'[' || ${commaSeparated(texts)} || ']'`);
}

function commaSeparated(texts: readonly Fragment[]): Fragment {
  return texts.length === 0 ? raw(`''`) : texts.reduce((all, text) => sql`${all} || ',' || ${text}`);
}
