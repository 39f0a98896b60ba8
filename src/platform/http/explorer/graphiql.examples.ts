import type { GraphiqlTab } from './graphiql';
import { orderTabs } from './graphiql.order-examples';
import { readingTabs } from './graphiql.reading-examples';

/**
 * The tabs a first visitor sees: the device-management guide's walkthrough on the demo data, left to right, then readings and orders.
 *
 * Device 1 has the serial ABC123 and is at one of Northside's sites, free, until the third tab is run.
 */
export const walkthroughTabs: readonly GraphiqlTab[] = [
  {
    query: `# Welcome to the device gateway.
#
# The tabs follow the device-management guide: find a
# device, find a patient, associate the two, change the
# device's status, and watch it change. Then come
# readings, orders and webhooks.
#
# Run an operation with the play button or Ctrl-Enter.
# The key you call with is under "Headers" below. The
# book on the left opens the documentation.

query FindDevice {
  # By its number or its global id ...
  device(id: 1) {
    ...DevicePage
  }
  # ... or by any of its identifiers.
  deviceByIdentifier(identifier: "ABC123") {
    id
    databaseId
  }
}

fragment DevicePage on Device {
  id
  databaseId
  identifiers {
    type
    value
  }
  item {
    name
    manufacturer
  }
  currentStatus
  statusChangedAt
  readingsDisabled
  site {
    name
    operatedBy
  }
  patient {
    firstName
    lastName
    externalIdentifier
  }
  statusHistory(first: 5) {
    nodes {
      changedAt
      previousStatus
      status
      reason
      note
      changedBy {
        label
      }
    }
  }
}
`,
  },
  {
    query: `# You name the patient by your own identifier.

query FindPatient {
  patientByExternalIdentifier(externalIdentifier: "external-identifier") {
    id
    databaseId
    firstName
    lastName
    timeZone
    archived
    devices(first: 10) {
      nodes {
        databaseId
        currentStatus
        item {
          name
        }
      }
    }
    associations(first: 10) {
      totalCount
      nodes {
        startedAt
        endedAt
        device {
          databaseId
        }
      }
    }
  }
}
`,
  },
  {
    query: `# The device must be AVAILABLE_AT_SITE, at a site of
# your own. If it is not, userErrors says why, and
# nothing has changed. Running it again for the same
# patient succeeds and changes nothing.

mutation AssociateDevice {
  associateDevice(
    input: {
      deviceId: 1
      patientExternalIdentifier: "external-identifier"
      note: "Handed over at the clinic"
    }
  ) {
    device {
      currentStatus
      version
      patient {
        externalIdentifier
      }
    }
    association {
      startedAt
    }
    userErrors {
      code
      message
      path
    }
  }
}

# And back: the play button asks which of the two.
mutation DisassociateDevice {
  disassociateDevice(input: { deviceId: 1 }) {
    device {
      currentStatus
      version
    }
    association {
      startedAt
      endedAt
    }
    userErrors {
      code
      message
      path
    }
  }
}
`,
  },
  {
    query: `# Overrides the status. The readings of a decommissioned
# device are refused; disableDeviceReadings does the same.

mutation DecommissionDevice {
  updateDeviceStatus(
    input: {
      deviceId: 1
      status: DECOMMISSIONED
      note: "Cuff leaks"
    }
  ) {
    device {
      currentStatus
      readingsDisabled
      version
    }
    statusChange {
      previousStatus
      status
      reason
    }
    userErrors {
      code
      message
      path
    }
  }
}

# And back: the status then follows from who has the
# device, or where it is.
mutation EnableReadings {
  enableDeviceReadings(input: { deviceId: 1 }) {
    device {
      currentStatus
      readingsDisabled
      version
    }
    statusChange {
      previousStatus
      status
      reason
    }
    userErrors {
      code
      message
      path
    }
  }
}
`,
  },
  {
    query: `# Shows the newest change of device 1 as it happens.
# Another tab stops it: leave it running, open this page
# in a second window, and change the device there.

subscription WatchStatus {
  deviceStatusChanged(filter: { deviceId: [1] }) {
    changedAt
    previousStatus
    status
    reason
    note
    deviceVersion
    patient {
      externalIdentifier
    }
    site {
      name
    }
    changedBy {
      label
    }
    cursor
  }
}
`,
  },
  {
    query: `# What a dashboard loads. Hand deviceStatusCursor to the
# subscription as "after": nothing is missed in between.

query StatusBoard {
  deviceStatusCursor
  deviceCounts {
    item {
      name
    }
    status
    count
  }
  devices(
    first: 20
    sort: { field: UPDATED_AT, direction: DESC }
  ) {
    totalCount
    nodes {
      databaseId
      currentStatus
      updatedAt
      item {
        name
      }
      site {
        name
      }
      patient {
        firstName
        lastName
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  },
  ...readingTabs,
  ...orderTabs,
];
