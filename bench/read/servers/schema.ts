/** The part of the gateway's schema that the queries need. */
export const SCHEMA = `
  scalar DateTime
  enum DeviceStatus { AVAILABLE IN_TRANSIT AVAILABLE_AT_SITE WITH_PATIENT RETURNING DECOMMISSIONED LOST }
  enum ReadingKind { BLOOD_PRESSURE BLOOD_GLUCOSE BLOOD_OXYGEN WEIGHT HEART_RATE TEMPERATURE PEAK_FLOW }
  enum TrendBucket { HOUR DAY WEEK MONTH }
  enum PatientSortField { CREATED_AT LAST_NAME }
  enum SortDirection { ASC DESC }
  input DeviceFilter { statuses: [DeviceStatus!] }
  input PatientFilter { silentSince: DateTime }
  input PatientSort { field: PatientSortField! direction: SortDirection! }
  input DateTimePeriod { from: DateTime! to: DateTime! }
  input AssociateDeviceInput { deviceId: ID patientId: ID }
  input DisassociateDeviceInput { deviceId: ID siteId: ID }
  type Site { databaseId: ID! name: String! deviceCounts: [DeviceCount!] }
  type DeviceCount { status: DeviceStatus! count: Int! }
  type Device {
    databaseId: ID! currentStatus: DeviceStatus! version: Int! updatedAt: DateTime! site: Site patient: Patient
    currentAssociation: DeviceAssociation readings(first: Int): ReadingConnection
  }
  type DeviceAssociation { databaseId: ID! startedAt: DateTime! }
  type Patient {
    databaseId: ID! externalIdentifier: String firstName: String! lastName: String! latestReadingAt: DateTime
    devices(first: Int): DeviceConnection
    readingTrend(kind: ReadingKind!, period: DateTimePeriod!, bucket: TrendBucket!): [ReadingTrendPoint!]
  }
  type ReadingTrendPoint { startsAt: DateTime! count: Int! measurements: [MeasurementSummary!]! }
  type MeasurementSummary { name: String! min: Float! max: Float! mean: Float! }
  interface Reading {
    databaseId: ID! takenAt: DateTime! kind: ReadingKind! deviceTimeZoneOffset: Int patientTimeZoneOffset: Int
  }
  type BloodPressureReading implements Reading {
    databaseId: ID! takenAt: DateTime! kind: ReadingKind! deviceTimeZoneOffset: Int patientTimeZoneOffset: Int
    systolic: Int! diastolic: Int!
  }
  type OtherReading implements Reading {
    databaseId: ID! takenAt: DateTime! kind: ReadingKind! deviceTimeZoneOffset: Int patientTimeZoneOffset: Int
  }
  type DeviceConnection { nodes: [Device!]! }
  type SiteConnection { nodes: [Site!]! }
  type PatientConnection { nodes: [Patient!]! }
  type ReadingConnection { nodes: [Reading!]! }
  type UserError { code: String! }
  type DevicePayload { userErrors: [UserError!]! device: Device }
  type Query {
    devices(first: Int, after: String, filter: DeviceFilter): DeviceConnection
    device(id: ID!): Device
    sites(first: Int): SiteConnection
    patient(id: ID!): Patient
    patients(first: Int, search: String, filter: PatientFilter, sort: PatientSort): PatientConnection
  }
  type Mutation {
    associateDevice(input: AssociateDeviceInput!): DevicePayload
    disassociateDevice(input: DisassociateDeviceInput!): DevicePayload
  }
`;
