import { graphql } from 'relay-runtime';

/** A page of the root connection. Its filters are part of the list's identity in the store. */
export const statusBoardQuery = graphql`
  query statusBoardQuery($first: Int!, $filter: DeviceFilter) {
    viewer {
      role
      customer {
        name
      }
    }
    streamCursor
    ...statusBoard_devices @arguments(first: $first, filter: $filter)
  }
`;

export const statusBoardDevices = graphql`
  fragment statusBoard_devices on Query
  @argumentDefinitions(
    first: { type: "Int!" }
    after: { type: "String" }
    filter: { type: "DeviceFilter" }
    sort: { type: "DeviceSort", defaultValue: { field: UPDATED_AT, direction: DESC } }
  )
  @refetchable(queryName: "statusBoardPaginationQuery") {
    devices(first: $first, after: $after, filter: $filter, sort: $sort)
      @connection(key: "statusBoard_devices", filters: ["filter", "sort"]) {
      totalCount
      edges {
        node {
          ...deviceCard_device
        }
      }
    }
  }
`;

export const statusBoardSubscription = graphql`
  subscription statusBoardSubscription($filter: DeviceStatusChangeFilter, $after: String) {
    deviceStatusChanged(filter: $filter, after: $after) {
      cursor
      change {
        status
        device {
          ...deviceCard_device
        }
      }
    }
  }
`;
