export interface Locality {
  city: string;
  state: string;
  zipCode: string;
  /** Of the telephones there. */
  areaCode: string;
  /** The override that the patient there has. */
  timeZone?: string;
}

/** Real places with one of their ZIP codes, at least one for each time zone of the United States and their territories. */
const PLACES = `
  AK 907: Anchorage 99501, Fairbanks 99701, Nome 99762, Adak 99546, Yakutat 99689, Juneau 99801, Sitka 99835, Ketchikan 99901, Metlakatla 99926
  AL 205: Birmingham 35205
  AS 684: Pago Pago 96799
  AZ 602: Phoenix 85004, Tucson 85705, Flagstaff 86001, Window Rock 86515
  CA 213: Los Angeles 90026, San Francisco 94110, San Diego 92103, Sacramento 95816
  CO 303: Denver 80205, Boulder 80302, Colorado Springs 80903
  CT 860: Hartford 06106
  DC 202: Washington 20009
  FL 305: Miami 33133, Orlando 32801, Pensacola 32501
  GA 404: Atlanta 30309
  GU 671: Hagåtña 96910, Tamuning 96913
  HI 808: Honolulu 96813, Hilo 96720, Kihei 96753
  ID 208: Boise 83702, Coeur d'Alene 83814
  IL 312: Chicago 60614, Evanston 60201, Springfield 62701
  IN 317: Indianapolis 46202, Fort Wayne 46802, South Bend 46601, Bloomington 47401, Gary 46402, Evansville 47713, Knox 46534, Winamac 46996, Vevay 47043, Marengo 47140, Vincennes 47591, Tell City 47586, Petersburg 47567
  KY 502: Louisville 40204, Lexington 40507, Bowling Green 42101, Monticello 42633
  LA 504: New Orleans 70115
  MA 617: Boston 02118, Worcester 01605, Springfield 01103
  ME 207: Portland 04101
  MI 313: Detroit 48201, Ann Arbor 48104, Grand Rapids 49503, Iron Mountain 49801, Menominee 49858
  MN 612: Minneapolis 55408, Duluth 55802
  MO 314: St. Louis 63110, Kansas City 64111
  MP 670: Saipan 96950
  MT 406: Billings 59101
  NC 704: Charlotte 28205
  ND 701: Fargo 58102, New Salem 58563, Beulah 58523, Center 58530
  NE 402: Omaha 68102
  NM 505: Albuquerque 87106
  NV 702: Las Vegas 89104, Reno 89501
  NY 212: New York 10025, Brooklyn 11215, Buffalo 14201, Albany 12207
  OH 614: Columbus 43215, Cleveland 44113
  OR 503: Portland 97214, Eugene 97401
  PA 215: Philadelphia 19104, Pittsburgh 15213
  PR 787: San Juan 00907, Ponce 00716, Mayagüez 00680
  RI 401: Providence 02906
  SD 605: Sioux Falls 57104, Rapid City 57701
  TN 615: Nashville 37206, Knoxville 37919
  TX 713: Houston 77006, Austin 78704, Dallas 75206, El Paso 79902
  UT 801: Salt Lake City 84103
  VA 804: Richmond 23220
  VI 340: Charlotte Amalie 00802, Christiansted 00820
  VT 802: Burlington 05401
  WA 206: Seattle 98103, Tacoma 98402, Spokane 99201
  WI 414: Milwaukee 53202, Madison 53703
  WY 307: Cheyenne 82001
`;

export const LOCALITIES: readonly Locality[] = PLACES.trim()
  .split('\n')
  .flatMap((line) => {
    const [, state, areaCode, towns] = /^(\w+) (\d+): (.*)$/.exec(line.trim())!;
    return towns!
      .split(', ')
      .map((town) => ({ city: town.slice(0, -6), state: state!, zipCode: town.slice(-5), areaCode: areaCode! }));
  });

/** Patients whose time zone does not simply follow from their ZIP code. */
export const SPECIAL_LOCALITIES: readonly Locality[] = [
  { city: 'APO', state: 'AE', zipCode: '09096', areaCode: '212' }, // military: no zone
  { city: 'APO', state: 'AP', zipCode: '96271', areaCode: '212', timeZone: 'Asia/Seoul' },
  { city: 'Chicago', state: 'IL', zipCode: '00000', areaCode: '312' }, // in the form of a ZIP code, and none: no zone
  { city: 'Phoenix', state: 'AZ', zipCode: ' 85004 ', areaCode: '602' }, // as it was pasted
  { city: 'West Wendover', state: 'NV', zipCode: '89883', areaCode: '775' }, // Mountain time, unlike the rest of Nevada
  { city: 'Brooklyn', state: 'NY', zipCode: '11215', areaCode: '718', timeZone: 'America/Phoenix' }, // spends the winter there
  { city: 'Boston', state: 'MA', zipCode: '02118', areaCode: '617', timeZone: 'Europe/London' }, // studies there
];
