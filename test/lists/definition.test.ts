import { isObjectType } from 'graphql';
import { buildGatewaySchema } from '../../src/features';
import { siteTable } from '../../src/features/site/site.entity';
import { hasResolver } from '../../src/platform/operation/metered-fields';
import { raw, sql } from '../../src/platform/db/sql';
import { filterMember, idsOf } from '../../src/platform/graphql/filter-members';
import {
  conditionsOf,
  defineList,
  defineOrder,
  narrowed,
  SortDirection,
  toListQuery,
} from '../../src/platform/list/definition';
import { byId, byName } from '../../src/platform/list/keyset';
import { groupByParent } from '../../src/platform/list/loader';

const rules = {
  type: 'Thing',
  name: 'things',
  filters: {
    siteIds: idsOf('Site', 'site_id', 'At any of these sites.'),
    active: filterMember(Boolean, () => sql`active`, 'Whether it is active.'),
  },
  sorts: { CREATED_AT: byId('By age.'), NAME: byName('name', 'By name.') },
  defaultSort: { field: 'CREATED_AT', direction: SortDirection.ASC },
  search: { description: 'By name.', condition: () => sql`name` },
} as const;

const list = defineOrder(rules);

it('an unknown default sort, an unknown member to omit, and a condition for another type do not compile', () => {
  // @ts-expect-error unknown sort
  defineOrder({ ...rules, defaultSort: { field: 'SIZE', direction: SortDirection.ASC } });
  // @ts-expect-error unknown member
  narrowed(list, { input: 'SiteThing', without: ['siteId'] });
  // @ts-expect-error the value of a Boolean member is not a string
  filterMember(Boolean, (value: string) => raw(value), 'Whether it is active.');
  expect(Object.keys(narrowed(list, { input: 'SiteThing', without: ['siteIds'] }).filters)).toEqual(['active']);
});

it('ids of another type are dropped from a filter, and absent members add no condition', () => {
  const sort = { field: 'CREATED_AT', direction: 'ASC' };
  const query = toListQuery(list, { filter: { siteIds: ['7', 'U2l0ZTo4', 'RGV2aWNlOjk'], active: null }, search: ' ' });
  expect(query).toEqual({ filter: { siteIds: ['7', '8'] }, sort });
  expect(conditionsOf(list, query)).toHaveLength(1);
  expect(conditionsOf(list, toListQuery(list, { search: ' a ' }))).toHaveLength(1);
  expect(toListQuery(list, { search: ' a ' })).toEqual({ filter: {}, search: 'a', sort });
  expect(() => toListQuery(list, { filter: { siteIds: ['7', 'x'] } })).toThrow('filter.siteIds.1');
});

it('rows are grouped by parent, in the order of the parents and of the rows', () => {
  const parents = ['2', '1', '3'].map((id) => ({ customerId: '1', id }));
  const rows = ['1', '2', '1'].map((parentId, index) => ({ parentId, index }));
  expect(groupByParent(parents, rows, 'parentId')).toEqual([[rows[1]], [rows[0], rows[2]], []]);
});

/** Fields with a resolver but no source: they need more than the row, or are common to all nodes. */
const CODE = ['id', 'databaseId', 'edges', 'nodes', 'pageInfo', 'totalCount', 'cursor'];

it('every field with a resolver declares the source of its value', () => {
  const fields = Object.values(buildGatewaySchema().getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__') && !['Query', 'Mutation', 'Subscription'].includes(type.name)
      ? Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field }))
      : [],
  );
  const unknown = fields.filter(
    ({ field }) => hasResolver(field) && !field.extensions.source && !CODE.includes(field.name),
  );
  expect(unknown.map(({ name }) => name)).toEqual([]);
  const source = (name: string) => fields.find((one) => one.name === name)!.field.extensions.source;
  expect(source('Device.site')).toMatchObject({ kind: 'link', column: 'siteId', loader: { name: 'site_by_id' } });
  expect(source('Device.identifiers')).toMatchObject({ kind: 'children', loader: { name: 'identifiers_by_device' } });
  expect(source('WeightReading.association')).toMatchObject({
    kind: 'found',
    loader: { name: 'association_of_reading' },
  });
  expect(source('Site.devices')).toMatchObject({ kind: 'list', list: { name: 'devices_by_site' } });
  expect(source('Device.readingsDisabled')).toEqual({ kind: 'computed', columns: ['currentStatus'] });
});

it('an alias that the statements of lists use themselves is refused: it would hide the row from its condition', () => {
  const define = (alias: string) => defineList({ ...rules, alias, table: siteTable });
  expect(() => define('k')).toThrow('The alias k of things is reserved.');
  expect(define('s').alias).toBe('s');
});
