import { z } from 'zod';
import { alreadyHas } from '../../platform/base/already-has';
import { sql } from '../../platform/db/sql';
import { changeVersioned } from '../../platform/db/table';
import { lockNamed } from '../../platform/list/named-row';
import { assertVersion } from '../../platform/operation/expected-version';
import { nonNull, type Checked } from '../../platform/operation/input-rules';
import { useCase } from '../../platform/operation/use-case';
import { CUSTOMER_VALUES, withUniqueName } from './customer-rules';
import type { UpdateCustomerInput } from './customer.input';
import { customerTable } from './customer.entity';
import { CUSTOMERS } from './customer.list';

const RULES = { ...CUSTOMER_VALUES, name: nonNull(CUSTOMER_VALUES.name), active: nonNull(z.boolean()) };

/**
 * Renames, deactivates or reactivates a customer, or changes how long its readings are kept. While it is deactivated, `AccessService` refuses its keys and tokens.
 *
 * A repeated call succeeds and changes nothing.
 */
export const updateCustomer = useCase(
  {
    name: 'updateCustomer',
    action: 'customer:write',
    codes: ['CUSTOMER_NOT_FOUND', 'STALE_VERSION', 'CUSTOMER_NAME_TAKEN'],
    input: RULES,
  },
  async (_ctx, tx, input: Checked<UpdateCustomerInput, typeof RULES>) => {
    const customer = await lockNamed(tx, CUSTOMERS, 'customer', input.customerId);
    const wasActive = customer.deactivatedAt === null;
    const { customerId: _named, active = wasActive, expectedVersion, ...change } = input;
    if (alreadyHas(customer, change) && active === wasActive) return { customer };
    assertVersion(customer, expectedVersion, 'customer');
    const deactivatedAt = active ? sql`null` : sql`coalesce(t.deactivated_at, n.changed_at)`;
    const write = changeVersioned(tx, customerTable, { id: customer.id, ...change }, { deactivatedAt });
    return { customer: await withUniqueName(write) };
  },
);
