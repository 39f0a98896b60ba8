import { TestApp } from '../support/test-app';

let app: TestApp;
beforeAll(async () => {
  app = await TestApp.start();
});
afterAll(() => app.stop());

const fold = async (text: string, name = 'fold_text'): Promise<string> => {
  const { rows } = await app.admin.query<{ folded: string }>(`select ${name}($1) as folded`, [text]);
  return rows[0]!.folded;
};

/** Adds a site for its patients and the patients. */
async function addPatients(...names: [first: string, last: string][]): Promise<string> {
  const site = await app.data<{ createSite: { site: { id: string } } }>(
    'northside',
    'mutation { createSite(input: { name: "Folding" }) { site { id } } }',
  );
  const siteId = site.createSite.site.id;
  const create = `mutation ($patients: [CreatePatientEntryInput!]!) {
    createPatients(input: { patients: $patients }) { refused } }`;
  const patients = names.map(([firstName, lastName]) => ({ firstName, lastName, siteId }));
  expect(await app.data('northside', create, { patients })).toEqual({ createPatients: { refused: 0 } });
  return siteId;
}

async function found(siteId: string, args: { search?: string; sort?: object }): Promise<string[]> {
  const query = `query ($siteIds: [ID!], $search: String, $sort: PatientSort) {
    patients(first: 100, filter: { siteIds: $siteIds }, search: $search, sort: $sort) { nodes { firstName lastName } } }`;
  const { patients } = await app.data<{ patients: { nodes: { firstName: string; lastName: string }[] } }>(
    'northside',
    query,
    { siteIds: [siteId], ...args },
  );
  return patients.nodes.map(({ firstName, lastName }) => `${firstName} ${lastName}`);
}

describe('fold_text', () => {
  it.each([
    ['Émile', 'emile'],
    ['E\u0301MILE', 'emile'],
    ['ÁLVAREZ', 'alvarez'],
    ['Straße STRAẞE', 'strasse strasse'],
    ['Øystein Łukasz Đorđe Ærø Œuvre', 'oystein lukasz dorde aero oeuvre'],
    ['Þór Guðrún', 'thor gudrun'],
    ['İstanbul ISPARTA Işık ışık', 'istanbul isparta isik isik'],
    ['Nguyễn Thị Đặng', 'nguyen thi dang'],
    ['Ştefan Șerban Țepeș', 'stefan serban tepes'],
    ['O’Brien O‘Brien OʼBrien O`Brien O´Brien O′Brien O＇Brien', "o'brien ".repeat(7).trim()],
    ['Anne‐Marie Anne‑Marie Anne–Marie Anne−Marie Anne－Marie', 'anne-marie '.repeat(5).trim()],
    ['  Anna\u00a0 \u2003Maria\t', 'anna maria'],
    ['Ma\u00adria\u200b \u2068Ana\u2069', 'maria ana'],
    ['ΓΙΏΡΓΟΣ Γιώργος', 'γιωργοσ γιωργοσ'],
    ['ЁЛКИН Ёлкин', 'елкин елкин'],
    ['ՀԱՅԿ ԵՐԵՎԱՆ', 'հայկ երեւան'.replace('եւ', 'եվ')],
    ['ﬁﬃ ＡＢＣ ①', 'fiffi abc 1'],
    ['Ƙano ɓaba ꞋⱯ', "kano baba 'ɐ"],
    ['𐐀𐐁', '𐐨𐐩'],
    ['山田 太郎', '山田 太郎'],
    ['', ''],
    ['\u0301\u200d', ''],
  ])('%s is %s', async (text, folded) => {
    expect(await fold(text)).toBe(folded);
    expect(await fold(folded)).toBe(folded);
  });

  it('gives small letters for all capital letters, whatever the locale of the database', async () => {
    const capitals = Array.from({ length: 0x2ffff }, (_, code) => code)
      .filter((code) => code > 0 && (code < 0xd800 || code > 0xdfff))
      .map((code) => String.fromCodePoint(code))
      .filter((letter) => [...letter.toLowerCase()].length === 1 && letter.toLowerCase() !== letter);
    const { rows } = await app.admin.query<{ pair: string }>(
      `select upper || lower as pair from unnest($1::text[], $2::text[]) t(upper, lower)
        where fold_text(upper) <> fold_text(lower) or fold_case(upper) <> fold_case(lower)`,
      [capitals, capitals.map((letter) => letter.toLowerCase())],
    );
    expect(capitals.length).toBeGreaterThan(1_300);
    expect(rows.map(({ pair }) => pair)).toEqual([]);
  });

  it('is short enough for an index, whatever the text', async () => {
    for (const letter of ['ﷺ', '㋿', '𐐀', '각', 'ß']) {
      const folded = await fold(letter.repeat(200));
      expect(folded.length).toBeLessThanOrEqual(400);
      const longest = { first: letter.repeat(100 / letter.length), last: letter.repeat(100 / letter.length) };
      await addPatients([longest.first, longest.last]);
    }
  });

  it('takes less than 2 ms for a name, even on a busy machine', async () => {
    const names = [
      'Christopher Hernandez-Garcia',
      'Émile Çelik-Łukasz',
      'Александр Достоевский',
      'ΓΙΏΡΓΟΣ Παπαδόπουλος',
    ];
    for (const name of names) {
      const { rows } = await app.admin.query<{ 'QUERY PLAN': string }>(
        `explain (analyze, timing off) select fold_text('${name}' || n) from generate_series(1, 2000) n`,
      );
      const [, ms] = /Execution Time: ([\d.]+) ms/.exec(rows.map((row) => row['QUERY PLAN']).join('\n'))!;
      expect(Number(ms)).toBeLessThan(4_000);
    }
  });
});

it('fold_case ignores case and the Unicode form, not accents', async () => {
  const one = await fold('CAFÉ', 'fold_case');
  expect(await fold('Cafe\u0301', 'fold_case')).toBe(one);
  expect(await fold('Cafe', 'fold_case')).not.toBe(one);
});

describe('patients', () => {
  let siteId: string;
  beforeAll(async () => {
    siteId = await addPatients(
      ['Émile', 'Zola'], ['Ana', 'Zimmerman'], ['Luis', 'Álvarez'], ['Zoë', 'O’Brien'], ['Jürgen', 'Groß'], ['Søren', 'Ågård'],
      ['Łucja', 'Żak'], ['Anne\u2011Marie', 'Alvarez'], ['IŞIL', 'Yıldız'], ['Γιώργος', 'Ωνάσης'],
    ); // prettier-ignore
  });

  it.each([
    ['Emile', ['Émile Zola']],
    ['ÉMILE', ['Émile Zola']],
    ['E\u0301mile zo', ['Émile Zola']],
    ['zola e', ['Émile Zola']],
    ['alvarez', ['Luis Álvarez', 'Anne\u2011Marie Alvarez']],
    ['ÁLVAREZ, ', []],
    ["zoe o'b", ['Zoë O’Brien']],
    ['O‘BRIEN', ['Zoë O’Brien']],
    ['gross', ['Jürgen Groß']],
    ['GROSS', ['Jürgen Groß']],
    ['soren agard', ['Søren Ågård']],
    ['zak', ['Łucja Żak']],
    ['lucja', ['Łucja Żak']],
    ['anne-marie', ['Anne\u2011Marie Alvarez']],
    ['Anne–Marie', ['Anne\u2011Marie Alvarez']],
    ['isil yildiz', ['IŞIL Yıldız']],
    ['ΓΙΩΡΓΟΣ', ['Γιώργος Ωνάσης']],
    ['xyz', []],
  ])('search %s', async (search, expected) => {
    expect(await found(siteId, { search })).toEqual(expected);
  });

  it('are sorted by folded names, in both directions', async () => {
    const byLastName = await found(siteId, { sort: { field: 'LAST_NAME', direction: 'ASC' } });
    expect(byLastName.map((name) => name.split(' ')[1])).toEqual(
      ['Ågård', 'Alvarez', 'Álvarez', 'Groß', 'O’Brien', 'Yıldız', 'Żak', 'Zimmerman', 'Zola', 'Ωνάσης'],
    ); // prettier-ignore
    expect(await found(siteId, { sort: { field: 'LAST_NAME', direction: 'DESC' } })).toEqual(byLastName.reverse());
    const byFirstName = await found(siteId, { sort: { field: 'FIRST_NAME', direction: 'ASC' } });
    expect(byFirstName.map((name) => name.split(' ')[0])).toEqual(
      ['Ana', 'Anne\u2011Marie', 'Émile', 'IŞIL', 'Jürgen', 'Łucja', 'Luis', 'Søren', 'Zoë', 'Γιώργος'],
    ); // prettier-ignore
  });

  it('with equal folded names keep the order of their ids, page by page', async () => {
    const many = Array.from({ length: 30 }, (_, n): [string, string] => [['José', 'Jose', 'JOSÉ'][n % 3]!, 'Núñez']);
    const site = await addPatients(...many);
    for (const direction of ['ASC', 'DESC']) {
      const ids: string[] = [];
      for (let after: string | null = null; ;) {
        const { patients }: Page = await app.data<Page>(
          'northside',
          `query ($after: String, $siteIds: [ID!], $direction: SortDirection!) {
            patients(first: 7, after: $after, filter: { siteIds: $siteIds }, sort: { field: LAST_NAME, direction: $direction }) {
              nodes { databaseId } pageInfo { endCursor hasNextPage } } }`,
          { after, siteIds: [site], direction },
        );
        ids.push(...patients.nodes.map(({ databaseId }) => databaseId));
        after = patients.pageInfo.endCursor;
        if (!patients.pageInfo.hasNextPage) break;
      }
      const sorted = [...ids].sort((one, other) => Number(one) - Number(other));
      expect(ids).toEqual(direction === 'ASC' ? sorted : sorted.reverse());
      expect(new Set(ids).size).toBe(30);
    }
  });

  interface Page {
    patients: { nodes: { databaseId: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
  }

  it('are found by their new name after a change', async () => {
    const site = await addPatients(['Ana', 'Muñoz']);
    const query = 'query ($search: String) { patients(search: $search) { nodes { id lastName } } }';
    const before = await app.data<{ patients: { nodes: { id: string }[] } }>('northside', query, { search: 'MUNOZ A' });
    const update = `mutation ($id: ID!) { updatePatient(input: { patientId: $id, lastName: "Ibáñez" }) { userErrors { code } } }`;
    await app.data('northside', update, { id: before.patients.nodes[0]!.id });
    expect(await found(site, { search: 'ibanez' })).toEqual(['Ana Ibáñez']);
    expect(await found(site, { search: 'munoz' })).toEqual([]);
  });
});

it.each([
  ['customers', 'operator', 'mutation { createCustomer(input: { name: "Zürich Øst" }) { userErrors { code } } }'],
  ['sites', 'northside', 'mutation { createSite(input: { name: "Zürich Øst" }) { userErrors { code } } }'],
  [
    'items',
    'operator',
    'mutation { createItem(input: { name: "Zürich Øst", sku: "Ø-1", readingKinds: [] }) { userErrors { code } } }',
  ],
  [
    'apiKeys',
    'northside',
    'mutation { createApiKey(input: { name: "Zürich Øst", role: INGEST }) { userErrors { code } } }',
  ],
] as const)('%s are searched and sorted by folded names', async (list, caller, create) => {
  expect(Object.values(await app.data(caller, create))).toEqual([{ userErrors: [] }]);
  const query = `query ($search: String) { ${list}(search: $search, sort: { field: NAME, direction: DESC }) { nodes { name } } }`;
  for (const search of ['zurich ost', 'ZÜRICH ØST', 'Zu\u0308rich'])
    expect(await app.data(caller, query, { search })).toEqual({ [list]: { nodes: [{ name: 'Zürich Øst' }] } });
  if (list === 'items')
    expect(await app.data(caller, query, { search: 'o-' })).toEqual({ [list]: { nodes: [{ name: 'Zürich Øst' }] } });
});

it('two customers cannot have one name in different case, also with letters that are not ASCII', async () => {
  const create = 'mutation ($name: String!) { createCustomer(input: { name: $name }) { userErrors { code } } }';
  const codes = async (name: string): Promise<unknown> => app.data('operator', create, { name });
  expect(await codes('Clínica Ñuñoa')).toEqual({ createCustomer: { userErrors: [] } });
  const taken = { createCustomer: { userErrors: [{ code: 'CUSTOMER_NAME_TAKEN' }] } };
  expect(await codes('CLÍNICA ÑUÑOA')).toEqual(taken);
  expect(await codes('clínica ñuñoa'.normalize('NFD'))).toEqual(taken);
  expect(await codes('Clinica Nunoa')).toEqual({ createCustomer: { userErrors: [] } });
});
