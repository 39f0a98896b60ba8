import type { Facts } from './data';
import { array, data, id, instant, number, object, one, text, word } from './json-sql';

export interface Request {
  /** Operation of the query's document. */
  operationName: string;
  variables: Record<string, unknown>;
}

/** What contenders are asked for. */
export interface Query {
  name: string;
  /** Of the table. */
  title: string;
  document: string;
  /**
   * Requests that a connection sends in turn. Reads send the same on all connections.
   *
   * @param after cursor of `deepDeviceId`
   */
  requests: (facts: Facts, after: string, connection: number) => Request[];
  /** By operation: the statement of the limit, whose column `json` is the body of the response, and its values. */
  limit: (facts: Facts) => Record<string, LimitStatement>;
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
const PATIENT = one(
  object({
    databaseId: id('p.id'),
    externalIdentifier: text('p.external_identifier'),
    firstName: text('p.first_name'),
    lastName: text('p.last_name'),
  }),
  'patient p where p.customer_id=d.customer_id and p.id=d.patient_id',
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

const nodesOf = (field: string, json: string, from: string) => data(field, object({ nodes: array(json, from) }));

const SITE_AND_PATIENT = 'site { databaseId name } patient { databaseId externalIdentifier firstName lastName }';

export const QUERIES: readonly Query[] = [
  {
    name: 'dashboard',
    title: '50 devices by status, with site, patient, last 3 readings',
    document: `query dashboard($first: Int, $statuses: [DeviceStatus!]) {
      devices(first: $first, filter: { statuses: $statuses }) { nodes { databaseId currentStatus updatedAt ${SITE_AND_PATIENT}
        readings(first: 3) { nodes { databaseId takenAt kind ... on BloodPressureReading { systolic diastolic }
          deviceTimeZoneOffset patientTimeZoneOffset } } } } }`,
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
    document: `query association($first: Int) {
      devices(first: $first) { nodes { databaseId currentStatus updatedAt ${SITE_AND_PATIENT}
        currentAssociation { databaseId startedAt } } } }`,
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
    document: 'query device($id: ID!) { device(id: $id) { databaseId currentStatus version updatedAt } }',
    requests: ({ deviceIds }) => deviceIds.map((id) => ({ operationName: 'device', variables: { id } })),
    limit: ({ customerId }) => ({
      device: {
        text: `${data(
          'device',
          object({
            databaseId: id('id'),
            currentStatus: word('current_status'),
            version: number('version'),
            updatedAt: instant('updated_at'),
          }),
        )} from device where customer_id=$1 and id=$2`,
        values: (variables) => [customerId, variables.id],
      },
    }),
  },
];
