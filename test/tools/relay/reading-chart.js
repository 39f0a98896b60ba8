import { graphql } from 'relay-runtime';

/** Shared fields of all reading types and a field of one of them. Refetched by the id of the reading. */
export const readingRowReading = graphql`
  fragment readingRow_reading on Reading @refetchable(queryName: "readingRowRefetchQuery") {
    kind
    takenAt
    patientTimeZoneOffset
    measurements {
      name
      value
      unit
    }
    ... on BloodGlucoseReading {
      mealTiming
    }
    ... on BloodPressureReading {
      heartRate
    }
    ... on BloodOxygenReading {
      heartRate
    }
  }
`;

/** A connection of an interface, without totalCount. */
export const patientReadingsPatient = graphql`
  fragment patientReadings_patient on Patient
  @argumentDefinitions(
    first: { type: "Int", defaultValue: 20 }
    after: { type: "String" }
    filter: { type: "PatientReadingFilter" }
  )
  @refetchable(queryName: "patientReadingsPaginationQuery") {
    readings(first: $first, after: $after, filter: $filter)
      @connection(key: "patientReadings_readings", filters: ["filter"]) {
      edges {
        node {
          ...readingRow_reading
        }
      }
    }
  }
`;

export const readingChartQuery = graphql`
  query readingChartQuery($id: ID!, $from: DateTime!, $to: DateTime!, $bucket: TrendBucket!) {
    patient(id: $id) {
      latestReadingAt
      latestReadings {
        ...readingRow_reading
      }
      readingTrend(kind: BLOOD_PRESSURE, period: { from: $from, to: $to }, bucket: $bucket) {
        startsAt
        measurements {
          name
          mean
        }
      }
      ...patientReadings_patient
    }
  }
`;

export const readingChartRecordMutation = graphql`
  mutation readingChartRecordMutation($input: RecordReadingsInput!) {
    recordReadings(input: $input) {
      recorded
      results {
        outcome
        reading {
          ...readingRow_reading
        }
        userErrors {
          code
          path
        }
      }
    }
  }
`;

export const readingChartSubscription = graphql`
  subscription readingChartSubscription($filter: ReadingRecordedFilter, $after: String) {
    readingRecorded(filter: $filter, after: $after) {
      cursor
      reading {
        ...readingRow_reading
      }
    }
  }
`;
