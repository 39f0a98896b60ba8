import { ASSOCIATE, changedRows, DISASSOCIATE, resetPairs } from './pairs-sql';
import type { Facts } from './data';
import { array, data, id, instant, number, object, one, text, word } from './json-sql';

export interface Request {
  /** One of the query's documents. */
  operationName: string;
  variables: Record<string, unknown>;
}

/** What contenders are asked for. */
export interface Query {
  name: string;
  /** Of the table. */
  title: string;
  /** By operation: one document for each, as Mercurius compiles only the first operation of a document. */
  documents: Record<string, string>;
  /**
   * Requests that a connection sends in turn. Reads send the same on all connections.
   *
   * @param after cursor of `deepDeviceId`
   */
  requests: (facts: Facts, after: string, connection: number) => Request[];
  /** By operation: the statement of the limit, whose column `json` is the body of the response, and its values. */
  limit: (facts: Facts) => Record<string, LimitStatement>;
  /** The request in the schema that PostGraphile makes of the tables. */
  postgraphile?: (variables: any, facts: Facts) => { query: string; operationName?: string; variables: object };
  /** What changes need. Reads have none. */
  changes?: {
    /** Brings `pairs` back to their first state, since the load ends at any request. */
    reset: (facts: Facts) => string;
    /** In each response of a change that was made. */
    marker: string;
    /** The rows that the requests of connection 0 wrote, without ids and times. */
    rows: (facts: Facts) => string;
  };
}

export interface LimitStatement {
  text: string;
  /** @param variables of the request */
  values: (variables: any) => unknown[];
}

const SITE = one(
  object({ databaseId: id('s.id'), name: text('s.name') }),
  'site s where s.customer_id=d.site_customer_id and s.id=d.site_id',
);
const PATIENT_JSON = object({
  databaseId: id('p.id'),
  externalIdentifier: text('p.external_identifier'),
  firstName: text('p.first_name'),
  lastName: text('p.last_name'),
});
const PATIENT = one(PATIENT_JSON, 'patient p where p.customer_id=d.customer_id and p.id=d.patient_id');
const DEVICE = object({
  databaseId: id('d.id'),
  currentStatus: word('d.current_status'),
  version: number('d.version'),
  updatedAt: instant('d.updated_at'),
});
const LATEST_READING_AT = one(
  instant(`nullif(x.last_reading_at,'-infinity')`),
  'patient_activity x where x.customer_id=p.customer_id and x.patient_id=p.id',
);
const ASSOCIATION = one(
  object({ databaseId: id('a.id'), startedAt: instant('a.started_at') }),
  'device_association a where a.customer_id=d.customer_id and a.device_id=d.id and a.ended_at is null',
);
const KINDS = `(array['BLOOD_PRESSURE','BLOOD_GLUCOSE','BLOOD_OXYGEN','WEIGHT','HEART_RATE','TEMPERATURE','PEAK_FLOW'])`;

function readings({ readingsFrom, readingsTo }: Facts): string {
  const rows = `select id, taken_at, kind, systolic, diastolic, device_time_zone_offset, patient_time_zone_offset from reading
    where customer_id=d.customer_id and device_id=d.id and taken_at>='${readingsFrom}'::timestamptz and taken_at<'${readingsTo}'::timestamptz
    order by taken_at desc limit 3`;
  const bloodPressure = `case when r.kind=1 then ',"systolic":'||r.systolic||',"diastolic":'||r.diastolic else '' end`;
  return object({
    nodes: array(
      object({
        databaseId: id('r.id'),
        takenAt: instant('r.taken_at'),
        kind: `'"'||${KINDS}[r.kind]||'"'||${bloodPressure}`,
        deviceTimeZoneOffset: number('r.device_time_zone_offset'),
        patientTimeZoneOffset: number('r.patient_time_zone_offset'),
      }),
      `(${rows}) r`,
    ),
  });
}

/** Blood pressure of patient `p` by day, in the zone of the patient. */
const TREND = `(select date_trunc('day', least(r.taken_at, r.received_at), p.time_zone) as start, count(*),
    ${['systolic', 'diastolic'].map((name) => `min(${name}) as ${name}_min, max(${name}) as ${name}_max, avg(${name})::float8 as ${name}_mean`).join(', ')}
  from reading r where customer_id=$1 and patient_id=p.id and kind=1 and taken_at>=$3 and taken_at<$4::timestamptz + interval '24:00:01'
    and least(taken_at, received_at)>=$3 and least(taken_at, received_at)<$4 group by 1 order by 1) t`;

function summary(name: string): string {
  const column = (suffix: string) => number(`t.${name.toLowerCase()}_${suffix}`);
  return object({ name: `'"${name}"'`, min: column('min'), max: column('max'), mean: column('mean') });
}

const PG_SITE_AND_PATIENT = `site: siteCustomerSite { databaseId: rowId name }
  patient: customerPatient { databaseId: rowId externalIdentifier firstName lastName }`;

const nodesOf = (field: string, json: string, from: string) => data(field, object({ nodes: array(json, from) }));

const SITE_AND_PATIENT = 'site { databaseId name } patient { databaseId externalIdentifier firstName lastName }';

export const QUERIES: readonly Query[] = [
  {
    name: 'dashboard',
    title: '50 devices by status, with site, patient, last 3 readings',
    documents: {
      dashboard: `query dashboard($first: Int, $statuses: [DeviceStatus!]) {
      devices(first: $first, filter: { statuses: $statuses }) { nodes { databaseId currentStatus updatedAt ${SITE_AND_PATIENT}
        readings(first: 3) { nodes { databaseId takenAt kind ... on BloodPressureReading { systolic diastolic }
          deviceTimeZoneOffset patientTimeZoneOffset } } } } }`,
    },
    postgraphile: ({ first, statuses }, { customerId: customer }) => ({
      query: `query dashboard($first: Int, $status: String, $customer: BigInt) {
        devices(first: $first, condition: { customerId: $customer, currentStatus: $status }, orderBy: [ROW_ID_ASC]) { nodes {
          databaseId: rowId currentStatus updatedAt ${PG_SITE_AND_PATIENT}
          readings: readingsByCustomerIdAndDeviceId(first: 3, orderBy: [TAKEN_AT_DESC]) { nodes {
            databaseId: rowId takenAt kind systolic diastolic deviceTimeZoneOffset patientTimeZoneOffset } } } } }`,
      variables: { first, status: statuses[0], customer },
    }),
    requests: () => [{ operationName: 'dashboard', variables: { first: 50, statuses: ['WITH_PATIENT'] } }],
    limit: (facts) => ({
      dashboard: {
        text: nodesOf(
          'devices',
          object({
            databaseId: id('d.id'),
            currentStatus: word('d.current_status'),
            updatedAt: instant('d.updated_at'),
            site: SITE,
            patient: PATIENT,
            readings: readings(facts),
          }),
          '(select * from device where customer_id=$1 and current_status=$2 order by id limit $3) d',
        ),
        values: ({ first, statuses }) => [facts.customerId, statuses[0], first],
      },
    }),
  },
  {
    name: 'association',
    title: '50 devices with site, patient, current association',
    documents: {
      association: `query association($first: Int) {
      devices(first: $first) { nodes { databaseId currentStatus updatedAt ${SITE_AND_PATIENT}
        currentAssociation { databaseId startedAt } } } }`,
    },
    postgraphile: ({ first }, { customerId: customer }) => ({
      query: `query association($first: Int, $customer: BigInt) {
        devices(first: $first, condition: { customerId: $customer }, orderBy: [ROW_ID_ASC]) { nodes {
          databaseId: rowId currentStatus updatedAt ${PG_SITE_AND_PATIENT}
          currentAssociation: deviceAssociationsByCustomerIdAndDeviceId(first: 1, orderBy: [STARTED_AT_DESC]) { nodes {
            databaseId: rowId startedAt } } } } }`,
      variables: { first, customer },
    }),
    requests: () => [{ operationName: 'association', variables: { first: 50 } }],
    limit: ({ customerId }) => ({
      association: {
        text: nodesOf(
          'devices',
          object({
            databaseId: id('d.id'),
            currentStatus: word('d.current_status'),
            updatedAt: instant('d.updated_at'),
            site: SITE,
            patient: PATIENT,
            currentAssociation: ASSOCIATION,
          }),
          '(select * from device where customer_id=$1 order by id limit $2) d',
        ),
        values: ({ first }) => [customerId, first],
      },
    }),
  },
  {
    name: 'device',
    title: 'one device',
    documents: { device: 'query device($id: ID!) { device(id: $id) { databaseId currentStatus version updatedAt } }' },
    postgraphile: (variables, { customerId: customer }) => ({
      query: `query device($id: BigInt!, $customer: BigInt!) {
        device(customerId: $customer, rowId: $id) { databaseId: rowId currentStatus version updatedAt } }`,
      variables: { ...variables, customer },
    }),
    requests: ({ deviceIds }) => deviceIds.map((id) => ({ operationName: 'device', variables: { id } })),
    limit: ({ customerId }) => ({
      device: {
        text: `${data('device', DEVICE)} from device d where customer_id=$1 and id=$2`,
        values: (variables) => [customerId, variables.id],
      },
    }),
  },
  {
    name: 'deep',
    title: 'a page of 50 devices after 10,000',
    documents: {
      deep: `query deep($first: Int, $after: String) {
      devices(first: $first, after: $after) { nodes { databaseId currentStatus version updatedAt } } }`,
    },
    requests: (_facts, after) => [{ operationName: 'deep', variables: { first: 50, after } }],
    limit: ({ customerId }) => ({
      deep: {
        text: nodesOf(
          'devices',
          DEVICE,
          '(select * from device where customer_id=$1 and id>$2 order by id limit $3) d',
        ),
        values: ({ first, after }) => [customerId, after, first],
      },
    }),
  },
  {
    name: 'sites',
    title: '50 sites with device counts',
    documents: {
      sites: `query sites($first: Int) {
      sites(first: $first) { nodes { databaseId name deviceCounts { status count } } } }`,
    },
    requests: () => [{ operationName: 'sites', variables: { first: 50 } }],
    limit: ({ customerId }) => ({
      sites: {
        text: nodesOf(
          'sites',
          object({
            databaseId: id('s.id'),
            name: text('s.name'),
            deviceCounts: array(
              object({ status: word('c.current_status'), count: number('c.count') }),
              `(select current_status, count(*) from device where customer_id=$1 and site_id=s.id and site_customer_id=$1
                group by current_status order by current_status) c`,
            ),
          }),
          '(select * from site where customer_id=$1 order by id limit $2) s',
        ),
        values: ({ first }) => [customerId, first],
      },
    }),
  },
  {
    name: 'patient',
    title: 'one patient with devices and a trend of 30 days',
    documents: {
      patient: `query patient($id: ID!, $from: DateTime!, $to: DateTime!) {
      patient(id: $id) { databaseId firstName lastName latestReadingAt
        devices(first: 10) { nodes { databaseId currentStatus } }
        readingTrend(kind: BLOOD_PRESSURE, period: { from: $from, to: $to }, bucket: DAY) {
          startsAt count measurements { name min max mean } } } }`,
    },
    requests: ({ patientIds, trendFrom: from, trendTo: to }) =>
      patientIds.map((id) => ({ operationName: 'patient', variables: { id, from, to } })),
    limit: ({ customerId }) => ({
      patient: {
        text: `${data(
          'patient',
          object({
            databaseId: id('p.id'),
            firstName: text('p.first_name'),
            lastName: text('p.last_name'),
            latestReadingAt: LATEST_READING_AT,
            devices: object({
              nodes: array(
                object({ databaseId: id('d.id'), currentStatus: word('d.current_status') }),
                '(select * from device where customer_id=$1 and patient_id=p.id order by id limit 10) d',
              ),
            }),
            readingTrend: array(
              object({
                startsAt: instant('t.start'),
                count: number('t.count'),
                measurements: `'['||${summary('SYSTOLIC')}||','||${summary('DIASTOLIC')}||']'`,
              }),
              TREND,
            ),
          }),
        )} from patient p where p.customer_id=$1 and p.id=$2`,
        values: (variables) => [customerId, variables.id, variables.from, variables.to],
      },
    }),
  },
  {
    name: 'silent',
    title: '50 patients without a reading for 45 days',
    documents: {
      silent: `query silent($first: Int, $since: DateTime) {
      patients(first: $first, filter: { silentSince: $since }) { nodes { databaseId firstName lastName latestReadingAt } } }`,
    },
    requests: ({ silentSince }) => [{ operationName: 'silent', variables: { first: 50, since: silentSince } }],
    limit: ({ customerId }) => ({
      silent: {
        text: nodesOf(
          'patients',
          object({
            databaseId: id('p.id'),
            firstName: text('p.first_name'),
            lastName: text('p.last_name'),
            latestReadingAt: LATEST_READING_AT,
          }),
          `(select * from patient where customer_id=$1 and exists (select from patient_activity x
            where x.customer_id=$1 and x.patient_id=patient.id and x.last_reading_at<$2) order by id limit $3) p`,
        ),
        values: ({ first, since }) => [customerId, since, first],
      },
    }),
  },
  {
    name: 'search',
    title: '20 patients by the start of their name',
    documents: {
      search: `query search($first: Int, $search: String) {
      patients(first: $first, search: $search, sort: { field: LAST_NAME, direction: ASC }) {
        nodes { databaseId externalIdentifier firstName lastName } } }`,
    },
    requests: () =>
      ['smi', 'gar', 'Grace P', 'vega-1', 'zh'].map((search) => ({
        operationName: 'search',
        variables: { first: 20, search },
      })),
    limit: ({ customerId }) => ({
      search: {
        text: nodesOf(
          'patients',
          PATIENT_JSON,
          `(select * from patient where customer_id=$1 and (${['first_name', 'last_name', 'external_identifier']
            .map((column) => `${column}_fold>=fold_text($2) and ${column}_fold<fold_text($2)||'\u{10FFFF}'`)
            .join(' or ')}) order by last_name_fold, id limit $3) p`,
        ),
        values: ({ first, search }) => [customerId, search, first],
      },
    }),
  },
  {
    name: 'pair',
    title: 'a device associated and disassociated, each change counts',
    documents: {
      associate: `mutation associate($input: AssociateDeviceInput!) {
        associateDevice(input: $input) { userErrors { code } device { databaseId currentStatus } } }`,
      disassociate: `mutation disassociate($input: DisassociateDeviceInput!) {
        disassociateDevice(input: $input) { userErrors { code } device { databaseId currentStatus } } }`,
    },
    requests({ pairs }, _after, connection) {
      const { deviceId, patientId, siteId } = pairs[connection % pairs.length]!;
      return [
        { operationName: 'associate', variables: { input: { deviceId, patientId } } },
        { operationName: 'disassociate', variables: { input: { deviceId, siteId } } },
      ];
    },
    limit: ({ customerId }) => ({
      associate: { text: ASSOCIATE, values: ({ input }) => [customerId, input.deviceId, input.patientId] },
      disassociate: { text: DISASSOCIATE, values: ({ input }) => [customerId, input.deviceId, input.siteId] },
    }),
    changes: { reset: resetPairs, marker: '"userErrors":[]', rows: changedRows },
  },
];
