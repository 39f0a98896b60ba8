import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { associationById, deviceById, statusChangeById } from '../device/device.loader';
import { itemById } from '../item/item.loader';
import { orderById } from '../order/order.loader';
import { patientById } from '../patient/patient.loader';
import { customerById } from '../request/customer.loader';
import type { LoaderDefinition } from '../request/loader';
import type { RequestContext } from '../request/request-context';
import { readingById } from '../reading/reading.loader';
import { KINDS } from '../reading/reading-kinds';
import { badInput } from '../shared/errors';
import { parseGlobalId } from '../shared/global-id';
import { Node, type NodeRow } from '../shared/node.type';
import { MAX_PAGE_SIZE } from '../shared/page';
import { webhookById, webhookDeliveryById } from '../webhook/webhook.loader';
import { siteById } from '../site/site.loader';

/** How a node of each type is read by its number. A test compares the keys with the types that implement Node. */
export const NODE_LOADERS: Readonly<Record<string, LoaderDefinition<string, { id: string } | null>>> = {
  Customer: customerById,
  Device: deviceById,
  DeviceAssociation: associationById,
  DeviceStatusChange: statusChangeById,
  Item: itemById,
  Order: orderById,
  Patient: patientById,
  Site: siteById,
  Webhook: webhookById,
  WebhookDelivery: webhookDeliveryById,
  ...Object.fromEntries(KINDS.map(({ typeName }) => [typeName, readingById])),
};

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'Anything by its global id; null when there is none, and for a plain number, which has no type.',
  })
  async node(@Ctx() ctx: RequestContext, @Arg('id', () => ID, { description: 'A global id.' }) id: string) {
    ctx.authorize('programme:read');
    return loadNode(ctx, id, 'id');
  }

  @Query(() => [Node], {
    nullable: 'itemsAndList',
    description: `Things by their global ids, in the order of the ids, with null where there is none. At most ${MAX_PAGE_SIZE}.`,
  })
  async nodes(@Ctx() ctx: RequestContext, @Arg('ids', () => [ID], { description: 'Global ids.' }) ids: string[]) {
    ctx.authorize('programme:read');
    if (ids.length > MAX_PAGE_SIZE) throw badInput('ids', `must have at most ${MAX_PAGE_SIZE} ids, has ${ids.length}`);
    return Promise.all(ids.map((id, index) => loadNode(ctx, id, `ids.${index}`)));
  }
}

async function loadNode(ctx: RequestContext, value: string, argument: string): Promise<NodeRow | null> {
  const globalId = parseGlobalId(value, argument);
  const loader = globalId && NODE_LOADERS[globalId.type];
  const row = loader && (await ctx.loaders.load(loader, globalId.id));
  if (!row) return null;
  // A row of an interface knows its type, and an id that names another is answered like one that does not exist.
  const typeName = '__typename' in row ? row.__typename : globalId.type;
  return typeName === globalId.type ? { ...row, __typename: globalId.type } : null;
}
