import { graphql } from 'relay-runtime';

/** Fetched through `node`, as routers do: two connections of a site. */
export const sitePageQuery = graphql`
  query sitePageQuery($id: ID!) {
    node(id: $id) {
      ... on Site @alias(as: "site") {
        name
        operatedBy
        deviceCounts {
          count
          status
          item {
            name
          }
        }
        ...siteDevices_site
        ...sitePatients_site
      }
    }
  }
`;

export const siteDevicesSite = graphql`
  fragment siteDevices_site on Site
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "siteDevicesPaginationQuery") {
    devices(first: $first, after: $after) @connection(key: "siteDevices_devices") {
      edges {
        node {
          ...deviceCard_device
        }
      }
    }
  }
`;

export const sitePatientsSite = graphql`
  fragment sitePatients_site on Site
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "sitePatientsPaginationQuery") {
    patients(first: $first, after: $after) @connection(key: "sitePatients_patients") {
      edges {
        node {
          ...patientDevices_patient
        }
      }
    }
  }
`;

export const patientDevicesPatient = graphql`
  fragment patientDevices_patient on Patient
  @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" })
  @refetchable(queryName: "patientDevicesPaginationQuery") {
    firstName
    dateOfBirth
    devices(first: $first, after: $after) @connection(key: "patientDevices_devices") {
      edges {
        node {
          currentStatus
        }
      }
    }
  }
`;
