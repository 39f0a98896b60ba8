import type { GraphiqlTab } from './graphiql';

/**
 * The tabs about readings. Patient and device are those of the walkthrough; the times are such that they can be recorded
 * whenever somebody tries.
 */
export const readingTabs: readonly GraphiqlTab[] = [
  {
    query: `# What a patient measured, newest first: every kind in one
# list. Each kind is a type with fields of its own, and
# "measurements" shows them all in one shape.

query Readings {
  patientByExternalIdentifier(externalIdentifier: "external-identifier") {
    firstName
    lastName
    timeZone
    lastReadingAt
    latestReadings {
      ...ReadingRow
    }
    readings(first: 10) {
      nodes {
        ...ReadingRow
        device {
          databaseId
          item {
            name
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}

fragment ReadingRow on Reading {
  kind
  takenAt
  # Seconds east of UTC, in the patient's zone at takenAt.
  patientTimeZoneOffset
  measurements {
    name
    value
    unit
  }
  ... on BloodGlucoseReading {
    beforeMeal
    afterMeal
  }
}

# A chart. Buckets begin in the patient's time zone, those
# without readings are left out, and at most 1,000 fit
# between the two instants.

query WeightChart {
  patientByExternalIdentifier(externalIdentifier: "external-identifier") {
    timeZone
    readingTrend(
      kind: WEIGHT
      from: "2025-01-01T00:00:00Z"
      to: "2044-01-01T00:00:00Z"
      bucket: WEEK
    ) {
      bucketStart
      count
      measurements {
        name
        unit
        min
        max
        mean
      }
    }
  }
}
`,
  },
  {
    query: `# Up to 1,000 readings of any kinds and devices in a call.
# Each belongs to the patient who had the device when it
# was taken, however late it comes; one that is entered by
# hand may name a patient and no device.
#
# Run it again: both are there already, as DUPLICATE, and
# nothing is stored twice. Or change a value, or a time.

mutation Record {
  recordReadings(
    input: {
      readings: [
        {
          deviceIdentifier: "ABC123"
          takenAt: "2025-01-06T08:00:00-05:00"
          deviceTimeZoneOffset: -18000
          bloodPressure: { systolic: 124, diastolic: 79, heartRate: 66 }
        }
        {
          patientExternalIdentifier: "external-identifier"
          manual: true
          takenAt: "2025-01-06T08:05:00-05:00"
          weight: { weight: 171.4 }
        }
      ]
    }
  ) {
    recorded
    duplicates
    conflicts
    refused
    results {
      outcome
      reading {
        id
        kind
        takenAt
        attribution
        patientTimeZoneOffset
        measurements {
          name
          value
          unit
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
}
`,
  },
  {
    query: `# Shows the newest reading as it is recorded. Leave it
# running, and record one in a second window: another than
# the ones that are there.

subscription Follow {
  readingRecorded {
    reading {
      kind
      takenAt
      receivedAt
      measurements {
        name
        value
        unit
      }
      device {
        databaseId
      }
      patient {
        externalIdentifier
      }
    }
    cursor
  }
}
`,
  },
];
