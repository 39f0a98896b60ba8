import { ReadingKind } from '../../features/kind/reading-kind';
import type { AddressValue } from '../../platform/base/address';
import type { ItemRow } from './demo-rows';

export const NORTHSIDE = 1;
export const LAKEVIEW = 2;
export const IMPILO = 0;

export interface CatalogItem extends ItemRow {
  serialPrefix: string;
  /** Sends its readings by itself over a mobile network; the others go through the patient's phone. */
  cellular: boolean;
  /** Of all devices that are bought. */
  share: number;
}

export const CUFF = 1;
export const GLUCOSE_METER = 2;
export const SCALE = 3;
export const OXIMETER = 4;
export const THERMOMETER = 5;
export const PEAK_FLOW_METER = 6;

export const ITEMS: readonly CatalogItem[] = [
  item(
    CUFF,
    'Blood Pressure Cuff',
    'Cadence BP3',
    'Veldmoor Instruments',
    [ReadingKind.BLOOD_PRESSURE],
    'BP',
    true,
    0.28,
  ),
  item(
    GLUCOSE_METER,
    'Blood Glucose Meter',
    'Sorrel G20',
    'Orrin & Tate Diagnostics',
    [ReadingKind.BLOOD_GLUCOSE],
    'BG',
    true,
    0.16,
  ),
  item(SCALE, 'Body Weight Scale', 'Plinth W4', 'Veldmoor Instruments', [ReadingKind.WEIGHT], 'WS', true, 0.22),
  item(
    OXIMETER,
    'Pulse Oximeter',
    'Wren OX1',
    'Halcrow Bay Medical',
    [ReadingKind.BLOOD_OXYGEN, ReadingKind.HEART_RATE],
    'PO',
    false,
    0.16,
  ),
  item(THERMOMETER, 'Ear Thermometer', 'Ember T2', 'Halcrow Bay Medical', [ReadingKind.TEMPERATURE], 'TH', false, 0.1),
  item(
    PEAK_FLOW_METER,
    'Peak Flow Meter',
    'Gale PF5',
    'Orrin & Tate Diagnostics',
    [ReadingKind.PEAK_FLOW],
    'PF',
    false,
    0.08,
  ),
];

function item(
  id: number,
  name: string,
  model: string,
  manufacturer: string,
  readingKinds: ReadingKind[],
  serialPrefix: string,
  cellular: boolean,
  share: number,
): CatalogItem {
  const sku = `${serialPrefix}-${model.toUpperCase().replace(' ', '-')}`;
  return { id, name, model, sku, manufacturer, reading_kinds: readingKinds, serialPrefix, cellular, share };
}

/** What patients with one condition are given together; the commoner ones stand here more often. */
export const KITS: readonly (readonly number[])[] = [
  [CUFF], // hypertension
  [CUFF],
  [CUFF, SCALE],
  [CUFF, SCALE],
  [GLUCOSE_METER, SCALE], // diabetes
  [GLUCOSE_METER, CUFF],
  [GLUCOSE_METER, CUFF, SCALE],
  [SCALE, CUFF, OXIMETER], // heart failure
  [SCALE, CUFF, OXIMETER],
  [OXIMETER, THERMOMETER, SCALE], // after an operation
  [OXIMETER, PEAK_FLOW_METER], // COPD
  [OXIMETER, PEAK_FLOW_METER, THERMOMETER],
  [PEAK_FLOW_METER, CUFF],
];

export interface CatalogCustomer {
  id: number;
  name: string;
  patientCount: number;
  /** How many devices it buys in all. */
  deviceCount: number;
  externalIdentifierPrefix: string;
  emailDomain: string;
  keyLabel: string;
  users: readonly string[];
  /** Where its patients live; null means everywhere. */
  states: readonly string[] | null;
}

export const CUSTOMERS: readonly CatalogCustomer[] = [
  {
    id: NORTHSIDE,
    name: 'Northside Health',
    patientCount: 304,
    deviceCount: 1310,
    externalIdentifierPrefix: 'NSH-',
    emailDomain: 'example.com',
    keyLabel: 'Northside care platform',
    users: ['care-desk.indianapolis@example.com', 'care-desk.chicago@example.com', 'nurse-line@example.com'],
    states: null,
  },
  {
    id: LAKEVIEW,
    name: 'Lakeview Care',
    patientCount: 152,
    deviceCount: 700,
    externalIdentifierPrefix: 'LVC',
    emailDomain: 'example.org',
    keyLabel: 'Lakeview enrolment service',
    users: ['care-team.denver@example.org', 'care-team.seattle@example.org'],
    states: ['AK', 'AS', 'AZ', 'CA', 'CO', 'GU', 'HI', 'ID', 'MP', 'MT', 'NM', 'NV', 'OR', 'SD', 'UT', 'WA', 'WY'],
  },
];

export interface CatalogSite {
  customerId: number;
  name: string;
  /** Whose patients have it as theirs. */
  states: readonly string[];
  areaCode: string;
  address: AddressValue;
}

export const MAIN_SITE = 'Northside Main Campus';
export const CLOSED_SITE = 'Northside Evansville Clinic';

export const SITES: readonly CatalogSite[] = [
  site(IMPILO, 'Impilo Warehouse Memphis', [], '901', '4100 Distribution Way', 'Memphis', 'TN', '38118'),
  site(IMPILO, 'Impilo Warehouse Reno', [], '775', '725 Depot Road', 'Reno', 'NV', '89502'),
  site(NORTHSIDE, MAIN_SITE, ['IN', 'OH'], '317', '1200 Meridian Plaza', 'Indianapolis', 'IN', '46202'),
  site(
    NORTHSIDE,
    'Northside Chicago Clinic',
    ['IL', 'WI', 'MN', 'MO', 'ND'],
    '312',
    '88 Lake Street',
    'Chicago',
    'IL',
    '60614',
  ),
  site(NORTHSIDE, 'Northside Detroit Clinic', ['MI'], '313', '301 Canal Street', 'Detroit', 'MI', '48201'),
  site(
    NORTHSIDE,
    'Northside Boston Clinic',
    ['MA', 'RI', 'CT', 'VT', 'ME', 'NY'],
    '617',
    '45 Harbor Street',
    'Boston',
    'MA',
    '02118',
  ),
  site(NORTHSIDE, 'Northside Louisville Clinic', ['KY', 'TN'], '502', '910 River Road', 'Louisville', 'KY', '40204'),
  site(NORTHSIDE, 'Northside Phoenix Clinic', ['AZ'], '602', '230 Mesa Avenue', 'Phoenix', 'AZ', '85004'),
  site(NORTHSIDE, CLOSED_SITE, ['IN'], '812', '17 Garden Way', 'Evansville', 'IN', '47713'),
  site(
    LAKEVIEW,
    'Lakeview Denver',
    ['CO', 'NM', 'UT', 'WY', 'MT', 'SD'],
    '303',
    '520 Prospect Street',
    'Denver',
    'CO',
    '80205',
  ),
  site(LAKEVIEW, 'Lakeview Seattle', ['WA', 'OR', 'ID'], '206', '1415 Alder Street', 'Seattle', 'WA', '98103'),
  site(LAKEVIEW, 'Lakeview Honolulu', ['HI', 'GU', 'AS', 'MP'], '808', '60 Laurel Lane', 'Honolulu', 'HI', '96813'),
  site(LAKEVIEW, 'Lakeview Anchorage', ['AK'], '907', '333 Spruce Street', 'Anchorage', 'AK', '99501'),
];

function site(
  customerId: number,
  name: string,
  states: string[],
  areaCode: string,
  lineOne: string,
  city: string,
  state: string,
  zipCode: string,
): CatalogSite {
  return { customerId, name, states, areaCode, address: { lineOne, city, state, zipCode, country: 'US' } };
}
