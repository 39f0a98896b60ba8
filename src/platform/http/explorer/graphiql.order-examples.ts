import type { GraphiqlTab } from './graphiql';

/** The platform's staff processes orders, and is who takes devices back. */
const OPERATOR_HEADERS = JSON.stringify({ Authorization: 'Bearer demo-operator' }, null, 2);

/** The tabs about orders and webhooks. The numbers are those of the demo data, which is the same for everybody. */
export const orderTabs: readonly GraphiqlTab[] = [
  {
    query: `# Devices come from the stock in the warehouses. An order
# sends them to a patient, or to a site.

mutation PlaceOrder {
  createOrder(
    input: {
      patientExternalIdentifier: "external-identifier"
      items: [{ itemId: 1, count: 1 }]
    }
  ) {
    order {
      databaseId
      currentStatus
      items {
        count
        item {
          name
        }
      }
      shipTo {
        city
        state
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}

# What was ordered, with the steps and what is on its way.
query Orders {
  orders(first: 10) {
    totalCount
    nodes {
      databaseId
      kind
      currentStatus
      patient {
        firstName
        lastName
      }
      site {
        name
      }
      devices {
        databaseId
        currentStatus
      }
      events {
        at
        status
        by {
          label
        }
      }
    }
  }
}
`,
  },
  {
    query: `# For the platform's staff: the key under "Headers" is an
# operator's, and "Variables" has the number of an order.
# Its devices are found in stock, all of them or none; a
# patient's are associated with the patient at once.

mutation ProcessOrder($orderId: ID!) {
  processOrder(input: { orderId: $orderId }) {
    order {
      currentStatus
      devices {
        databaseId
        currentStatus
        patient {
          externalIdentifier
        }
        site {
          name
        }
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}

# What waits to be processed, of all customers.
query Waiting {
  orders(first: 10, filter: { status: [CREATED] }) {
    nodes {
      databaseId
      customer {
        name
      }
      items {
        count
        item {
          name
        }
      }
    }
  }
}
`,
    variables: JSON.stringify({ orderId: 543 }, null, 2),
    headers: OPERATOR_HEADERS,
  },
  {
    query: `# A defective device goes back and another one goes to its
# patient, in one step. Run it again: the same order is
# answered, for as long as the device is on its way.

mutation ReplaceDevice($deviceId: ID!) {
  replaceDevice(
    input: { deviceId: $deviceId, note: "The cuff leaks" }
  ) {
    order {
      databaseId
      kind
      currentStatus
    }
    defectiveDevice {
      currentStatus
      patient {
        externalIdentifier
      }
    }
    replacementDevice {
      databaseId
      currentStatus
      patient {
        externalIdentifier
      }
    }
    userErrors {
      code
      message
      path
    }
  }
}
`,
    variables: JSON.stringify({ deviceId: 2 }, null, 2),
  },
  {
    query: `# An endpoint of yours is told of what happens. Start the
# receiver with the secret that this answers: it prints
# each delivery.
#
#   WEBHOOK_SECRET=whsec_... npm run webhook-receiver

mutation CreateWebhook {
  createWebhook(
    input: {
      url: "http://127.0.0.1:4100/"
      eventTypes: [DEVICE_STATUS_CHANGED, ORDER_STATUS]
    }
  ) {
    webhook {
      databaseId
      active
    }
    secret
    userErrors {
      code
      message
      path
    }
  }
}

# The log: what was sent, and what came of it.
query Deliveries {
  webhooks(first: 5) {
    nodes {
      databaseId
      url
      active
      deliveries(first: 5) {
        nodes {
          eventType
          status
          nextAttemptAt
          attempts {
            at
            responseStatus
            error
          }
        }
      }
    }
  }
}
`,
  },
];
