import { buildSchema } from 'graphql';

/** A small schema with every shape that the limits distinguish: connections, sized and unsized lists, abstract types. */
export const schema = buildSchema(`
  directive @mark repeatable on QUERY | FIELD | FRAGMENT_DEFINITION | FRAGMENT_SPREAD | INLINE_FRAGMENT | VARIABLE_DEFINITION

  interface Node { id: ID! }
  type Query {
    version: String!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    device(id: ID): Device
    devices(first: Int, after: String, last: Int, before: String, status: [String!]): DeviceConnection
  }
  type Device implements Node {
    id: ID!
    serial: String!
    labels: [String!]!
    identifiers: [Identifier!]!
    site: Site
    patient: Patient
    currentAssociation: Association
    associations(first: Int, last: Int): AssociationConnection!
    history(first: Int = 5): [Change!]!
    latestReading: Reading
  }
  type Site implements Node { id: ID! name: String! devices(first: Int, last: Int): DeviceConnection! }
  type Patient implements Node {
    id: ID!
    name: String!
    site: Site
    devices(first: Int, last: Int): DeviceConnection!
    associations(first: Int, last: Int): AssociationConnection!
  }
  type Association implements Node { id: ID! device: Device! patient: Patient! }
  interface Reading { id: ID! device: Device }
  type WeightReading implements Reading { id: ID! device: Device weight: Float! }
  type OxygenReading implements Reading & Node { id: ID! device: Device oxygen: Int! }
  type GlucoseReading implements Reading { id: ID! device: Device glucose: Int! }
  type Identifier { value: String! }
  type Change { device: Device! note: String }
  type PageInfo { hasNextPage: Boolean! }
  type DeviceEdge { cursor: String! node: Device! }
  type DeviceConnection { nodes: [Device!]! edges: [DeviceEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type AssociationConnection { nodes: [Association!]! pageInfo: PageInfo! }

  type Mutation { associateDevice(input: AssociateInput!): AssociatePayload recordReadings(input: ReadingsInput!): ReadingsPayload }
  input AssociateInput { deviceId: ID! }
  input ReadingInput { value: Int! }
  input ReadingsInput { readings: [ReadingInput!]! }
  type AssociatePayload { device: Device userErrors: [UserError!]! }
  type ReadingsPayload { results: [ReadingResult!]! recorded: Int! }
  type ReadingResult { outcome: String! device: Device }
  type UserError { code: String! }

  type Subscription { deviceChanged: Change! }
`);
