import { isObjectType } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { sql } from '../../src/platform/db/sql';
import { conditionsOf, defineOrder, ids, SortDirection, toListQuery } from '../../src/platform/list/definition';
import { BY_ID } from '../../src/platform/list/keyset';
import { groupByParent } from '../../src/platform/list/loader';

interface Filter {
  siteId?: string[] | null;
  active?: boolean | null;
}

const rules = {
  filters: { siteId: ids('Site', () => sql`site`), active: () => sql`active` },
  sorts: { ID: BY_ID, NAME: { expression: 'name' } },
  defaultSort: { field: 'ID', direction: SortDirection.ASC },
} as const;

const list = defineOrder<{ id: string }, Filter, 'ID' | 'NAME'>(rules);

it('a filter without a rule, and a sort without one, do not compile', () => {
  const { active: _filter, ...filters } = rules.filters;
  // @ts-expect-error active is missing
  defineOrder<{ id: string }, Filter, 'ID' | 'NAME'>({ ...rules, filters });
  const { NAME: _sort, ...sorts } = rules.sorts;
  // @ts-expect-error NAME is missing
  defineOrder<{ id: string }, Filter, 'ID' | 'NAME'>({ ...rules, sorts });
  // @ts-expect-error a flag holds no ids
  const wrong: typeof rules.filters = { ...rules.filters, active: ids('Site', () => sql``) };
  expect(wrong).toBeDefined();
});

it('ids in a filter are read as those of their type; what is not given has no condition', () => {
  const query = toListQuery(list, { filter: { siteId: ['7', 'U2l0ZTo4', 'RGV2aWNlOjk'], active: null } });
  expect(query).toEqual({ filter: { siteId: ['7', '8'] }, sort: { field: 'ID', direction: 'ASC' } });
  expect(conditionsOf(list, query)).toHaveLength(1);
  expect(() => toListQuery(list, { filter: { siteId: ['7', 'x'] } })).toThrow('filter.siteId.1');
});

it('rows are grouped by their parents, in the order of both', () => {
  const parents = ['2', '1', '3'].map((id) => ({ customerId: '1', id }));
  const rows = ['1', '2', '1'].map((parentId, index) => ({ parentId, index }));
  expect(groupByParent(parents, rows, 'parentId')).toEqual([[rows[1]], [rows[0], rows[2]], []]);
});

/** Fields that take code: what needs more than the row, and what is common to all nodes. */
const CODE = ['id', 'databaseId', 'edges', 'nodes', 'pageInfo', 'totalCount', 'cursor', 'readingTrend'];

it('the schema says of each field where its value comes from', () => {
  const fields = Object.values(buildGatewaySchema().getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__') && !['Query', 'Mutation', 'Subscription'].includes(type.name)
      ? Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field }))
      : [],
  );
  const unknown = fields.filter(({ field }) => field.resolve && !field.extensions.source && !CODE.includes(field.name));
  expect(unknown.map(({ name }) => name)).toEqual([]);
  const source = (name: string) => fields.find((one) => one.name === name)!.field.extensions.source;
  expect(source('Device.site')).toMatchObject({ kind: 'link', column: 'siteId', loader: { name: 'site_by_id' } });
  expect(source('Device.identifiers')).toMatchObject({ kind: 'children', loader: { name: 'identifiers_by_device' } });
  expect(source('Site.devices')).toMatchObject({ kind: 'list', list: { name: 'devices_by_site' } });
  expect(source('Device.readingsDisabled')).toEqual({ kind: 'computed', columns: ['currentStatus'] });
});
