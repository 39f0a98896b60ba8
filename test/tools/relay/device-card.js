import { graphql } from 'relay-runtime';

/** Refetched as a node: a card of a board is refreshed separately. */
export const deviceCardDevice = graphql`
  fragment deviceCard_device on Device @refetchable(queryName: "deviceCardRefetchQuery") {
    databaseId
    currentStatus
    statusChangedAt
    version
    identifiers {
      type
      value
    }
    item {
      name
    }
    patient {
      firstName
      lastName
      timeZone
    }
  }
`;

/** A connection of a node, paged in both directions. */
export const deviceHistoryDevice = graphql`
  fragment deviceHistory_device on Device
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  )
  @refetchable(queryName: "deviceHistoryPaginationQuery") {
    statusHistory(first: $first, after: $after, last: $last, before: $before)
      @connection(key: "deviceHistory_statusHistory") {
      edges {
        node {
          reason
          occurredAt
          actor {
            displayName
          }
        }
      }
    }
  }
`;

export const deviceCardAssociateMutation = graphql`
  mutation deviceCardAssociateMutation($input: AssociateDeviceInput!) {
    associateDevice(input: $input) {
      device {
        ...deviceCard_device
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;
