import { z } from 'zod';
import { normalText } from '../../platform/base/normal-text';
import type { NameColumn } from './import-kind';

const NAMED = z.object({ nodes: z.array(z.object({ databaseId: z.string(), name: z.string() })) });
const SKUS = z.object({ nodes: z.array(z.object({ databaseId: z.string() })) });

/** Finds ids by exact name, ignoring case if none is equal. Lists are searched by the beginning of names. */
function idsNamed(list: unknown, name: string): string[] {
  const { nodes } = NAMED.parse(list);
  const equal = nodes.filter((node) => normalText(node.name) === normalText(name));
  const alike = nodes.filter((node) => normalText(node.name).toLowerCase() === normalText(name).toLowerCase());
  return (equal.length > 0 ? equal : alike).map(({ databaseId }) => databaseId);
}

/** Sorted by name, so that an equal name is before the longer ones. */
const BY_NAME = 'first: 100, search: $name, sort: { field: NAME, direction: ASC }';

export const CUSTOMER_NAME: NameColumn = {
  column: 'customer',
  member: 'customerId',
  what: 'customer',
  find: async (ask, name) => {
    const query = `query Customer($name: String) { customers(${BY_NAME}) { nodes { databaseId name } } }`;
    return idsNamed((await ask(query, { name })).customers, name);
  },
};

export const ITEM_SKU: NameColumn = {
  column: 'sku',
  member: 'itemId',
  what: 'item',
  find: async (ask, sku) => {
    const query = 'query Item($skus: [String!]) { items(filter: { skus: $skus }) { nodes { databaseId } } }';
    return SKUS.parse((await ask(query, { skus: [sku] })).items).nodes.map(({ databaseId }) => databaseId);
  },
};

/** Finds active sites of the customer of the entry, by default the caller's, and warehouses if the entry can be in one. */
export function siteName({ hasWarehouses }: { hasWarehouses: boolean }): NameColumn {
  const list = (alias: string, filter: string) =>
    `${alias}: sites(${BY_NAME}, filter: { active: true, ${filter} }) { nodes { databaseId name } }`;
  return {
    column: 'site',
    member: 'siteId',
    what: 'site',
    find: async (ask, name, customerId) => {
      const own = list('own', `operatedBy: CUSTOMER${customerId === undefined ? '' : ', customerIds: [$customerId]'}`);
      const warehouses = hasWarehouses ? list('warehouses', 'operatedBy: IMPILO') : '';
      const customer = customerId === undefined ? '' : ', $customerId: ID!';
      const query = `query Site($name: String${customer}) { ${own} ${warehouses} }`;
      const found = await ask(query, { name, ...(customerId === undefined ? {} : { customerId }) });
      return [found.own, found.warehouses].flatMap((sites) => (sites === undefined ? [] : idsNamed(sites, name)));
    },
  };
}
