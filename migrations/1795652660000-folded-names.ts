import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Capital letters and the distance to their small letters: those that Unicode maps to one letter and that are not composed of
 * others. `a..b` is a range, `a/b` every second letter of one. Written down, so that all databases have the same table.
 */
const COMMON_CAPITALS = `
  c6+32 d0+32 d8+32 de+32 110+1 126+1 13f/141+1 14a+1 152+1 166+1 391..3a1+32 3a3..3a9+32 402/404+80 405..406+80
  408..40b+80 40f+80 410..418+32 41a..42f+32`;
const RARE_CAPITALS = `
  132+1 181+210 182/184+1 186+206 187+1 189..18a+205 18b+1 18e+79 18f+202 190+203 191+1 193+205 194+207 196+211
  197+209 198+1 19c+211 19d+213 19f+214 1a2/1a4+1 1a6+218 1a7+1 1a9+218 1ac+1 1ae+218 1b1..1b2+217 1b3/1b5+1
  1b7+219 1b8+1 1bc+1 1c4+2 1c5+1 1c7+2 1c8+1 1ca+2 1cb+1 1e4+1 1f1+2 1f2+1 1f6-97 1f7-56 21c+1 220-130 222/224+1
  23a+10795 23b+1 23d-163 23e+10792 241+1 243-195 244+69 245+71 246/24e+1 370/372+1 376+1 37f+116 3cf+8 3d8/3ee+1
  3f4-60 3f7+1 3f9-7 3fa+1 3fd..3ff-130 460/474+1 478/480+1 48a/4be+1 4c0+15 4c3/4cd+1 4d4+1 4d8+1 4e0+1 4e8+1
  4f6+1 4fa/52e+1 531..556+48 10a0..10c5+7264 10c7+7264 10cd+7264 13a0..13ef+38864 13f0..13f5+8 1c89+1
  1c90..1cba-3008 1cbd..1cbf-3008 1e9e-7615 1efa/1efe+1 2132+28 2160..216f+16 2183+1 24b6..24cf+26 2c00..2c2f+48
  2c60+1 2c62-10743 2c63-3814 2c64-10727 2c67/2c6b+1 2c6d-10780 2c6e-10749 2c6f-10783 2c70-10782 2c72+1 2c75+1
  2c7e..2c7f-10815 2c80/2ce2+1 2ceb/2ced+1 2cf2+1 a640/a66c+1 a680/a69a+1 a722/a72e+1 a732/a76e+1 a779/a77b+1
  a77d-35332 a77e/a786+1 a78b+1 a78d-42280 a790/a792+1 a796/a7a8+1 a7aa-42308 a7ab-42319 a7ac-42315 a7ad-42305
  a7ae-42308 a7b0-42258 a7b1-42282 a7b2-42261 a7b3+928 a7b4/a7c2+1 a7c4-48 a7c5-42307 a7c6-35384 a7c7/a7c9+1
  a7cb-42343 a7cc/a7da+1 a7dc-42561 a7f5+1 ff21..ff3a+32 10400..10427+40 104b0..104d3+40 10570..1057a+39
  1057c..1058a+39 1058c..10592+39 10594..10595+39 10c80..10cb2+64 10d50..10d65+32 118a0..118bf+32 16e40..16e5f+32
  16ea0..16eb8+27 1e900..1e921+34`;

/** Characters that people use for one another. */
const APOSTROPHES =
  '\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u055a\u05f3\u2018\u2019\u201a\u201b\u2032\u2035\ua78b\ua78c\uff07';
const HYPHENS = '\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d';

/** Small letters that Unicode does not decompose, and the letters that people type for them. */
const LETTERS =
  'øo łl đd ðd ħh ıi ȷj ĸk ŋn ŧt ƀb ɓb ƈc ȼc ɖd ɗd ɇe ƒf ǥg ɠg ɨi ɉj ƙk ƚl ɫl ɲn ƞn ɵo ƥp ɍr ƭt ʉu ʋv ɏy ƴy ƶz ȥz ⱥa ⱦt ςσ';
const LIGATURES = { ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' };

/** Accents and other marks on Latin, Greek, Cyrillic, Hebrew and Arabic letters. */
const MARKS =
  '\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670' +
  '\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe20-\\ufe2f';
const INVISIBLE =
  '\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufe00-\\ufe0f\\ufeff';
const SPACE = '\\u0009-\\u000d\\u0020\\u0085\\u1680\\u2028\\u2029';

/** An entry of an index has at most 2,704 bytes. This many characters have at most 800. */
const MAX_LENGTH = 200;

/** The small tables with texts that are searched and sorted. */
const SMALL_TABLES = { customer: ['name'], item: ['name', 'sku'], site: ['name'], api_key: ['name'] } as const;

/**
 * Names are searched and sorted by a folded key: small letters without accents, with one form of apostrophes, hyphens and spaces.
 * It is the same on every server: nothing depends on the collation of the database, on its ICU or on the extension `unaccent`.
 *
 * The database itself computes the keys, so those of rows that an earlier release writes are right, too. Small tables get
 * generated columns, for which they are rewritten. `patient` may be large: a trigger fills its columns, and the next migration
 * those of existing rows. The columns before (`…_key`) stay for instances of the earlier release.
 */
export class FoldedNames1795652660000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Named in the functions: they also run where the search path is another, e.g. when a backup is restored.
    const [{ schema }] = (await runner.query(`select quote_ident(current_schema()) as schema`)) as [{ schema: string }];
    await this.createFunctions(runner, schema);
    for (const [table, columns] of Object.entries(SMALL_TABLES))
      for (const column of columns)
        await runner.query(`alter table ${table} add column ${column}_fold text collate "C"
          generated always as (fold_text(${column})) stored`);
    await runner.query(`create index site_by_name_fold on site (customer_id, name_fold, id)`);
    await runner.query(`create index api_key_by_name_fold on api_key (customer_id, name_fold, id)`);
    await runner.query(`create index api_key_by_name_fold_for_operators on api_key (name_fold, id)`);
    await runner.query(`grant select (name_fold) on api_key to gateway_customer, gateway_operator`);
    await this.replaceUniqueNames(runner);
    await this.foldPatients(runner, schema);
  }

  async down(): Promise<void> {
    throw new Error('Folded names are not taken back: a release before does not use them.');
  }

  private async createFunctions(runner: QueryRunner, schema: string): Promise<void> {
    const [common, rare] = [capitals(COMMON_CAPITALS), capitals(RARE_CAPITALS)];
    const head = 'returns text language plpgsql immutable strict parallel safe';
    // Few texts have rare capitals, and translate() looks at each letter of its table for each character.
    await runner.query(`create function lower_letters(value text) ${head} as $$
      begin
        value := lower(value collate "C");
        if octet_length(value) = length(value) then return value; end if;
        value := translate(value, '${common.from}', '${common.to}');
        if value collate "C" ~ '[${rare.ranges}]' then return translate(value, '${rare.from}', '${rare.to}'); end if;
        return value;
      end $$`);
    await runner.query(`create function fold_case(value text) ${head} as $$
      begin
        if octet_length(value) = length(value) then return lower(value collate "C"); end if;
        return ${schema}.lower_letters(normalize(value, nfd));
      end $$`);
    const alike = APOSTROPHES + HYPHENS;
    const typed = "''".repeat(APOSTROPHES.length) + '-'.repeat(HYPHENS.length);
    const letters = LETTERS.split(' ');
    const [from, to] = [0, 1].map((index) => letters.map((pair) => [...pair][index]).join(''));
    const ligatures = Object.entries(LIGATURES).map(
      ([letter, two]) => `value := replace(value, '${letter}', '${two}');`,
    );
    // Before the marks are removed, because some of the characters decompose to a space and a mark.
    await runner.query(`create function fold_text(value text) ${head} as $$
      begin
        if octet_length(value) = length(value) then
          value := translate(lower(value collate "C"), '\u0060', '''');
        else
          value := normalize(translate(value, '${alike}', '${typed}'), nfkd);
          value := ${schema}.lower_letters(regexp_replace(value collate "C", '[${MARKS}${INVISIBLE}]+', '', 'g'));
          if octet_length(value) > length(value) then
            value := translate(value, '${from}${alike}', '${to}${typed}');
            ${ligatures.join(' ')}
          end if;
        end if;
        return left(btrim(regexp_replace(value collate "C", '[${SPACE}]+', ' ', 'g')), ${MAX_LENGTH});
      end $$`);
  }

  /** Which of two customers keeps the name is not for a program to decide. The message has ids and no names, because it is logged. */
  private async replaceUniqueNames(runner: QueryRunner): Promise<void> {
    // Row-level security applies to the owner too, which would find no rows.
    await runner.query(`alter table customer no force row level security`);
    const groups = (await runner.query(
      `select string_agg(id::text, ', ' order by id) as ids from customer group by fold_case(normal_text(name)) having count(*) > 1 order by min(id)`,
    )) as { ids: string }[];
    await runner.query(`alter table customer force row level security`);
    if (groups.length > 0)
      throw new Error(
        'Names of customers must be unique, ignoring case and surrounding spaces. These ids have the same name: ' +
          `${groups.map(({ ids }) => ids).join('; ')}. ` +
          `As a superuser, rename all but one of each, then start the gateway again: update customer set name = '…' where id = …;`,
      );
    await runner.query(`drop index customer_name_unique`);
    await runner.query(`create unique index customer_name_unique on customer (fold_case(normal_text(name)))`);
  }

  private async foldPatients(runner: QueryRunner, schema: string): Promise<void> {
    const folds = ['first_name_fold', 'last_name_fold', 'external_identifier_fold', 'email_fold'];
    const added = folds.map((column) => `add column ${column} text collate "C"`);
    await runner.query(`alter table patient ${added.join(', ')}`);
    await runner.query(`create function fold_patient() returns trigger language plpgsql as $$
      begin
        new.first_name_fold := ${schema}.fold_text(new.first_name || ' ' || new.last_name);
        new.last_name_fold := ${schema}.fold_text(new.last_name || ' ' || new.first_name);
        new.external_identifier_fold := ${schema}.fold_text(new.external_identifier);
        new.email_fold := ${schema}.fold_case(new.email);
        return new;
      end $$`);
    // Triggers of one event run in the order of their names: this one after normalize_text.
    await runner.query(`create trigger normalized_then_folded
      before insert or update of first_name, last_name, external_identifier, email on patient
      for each row execute function fold_patient()`);
    // Like a generated column, it also computes what replication and bulk loads write.
    await runner.query(`alter table patient enable always trigger normalized_then_folded`);
  }
}

interface Capitals {
  /** For the brackets of a regular expression. */
  ranges: string;
  from: string;
  to: string;
}

function capitals(runs: string): Capitals {
  const all: Capitals = { ranges: '', from: '', to: '' };
  for (const run of runs.trim().split(/\s+/)) {
    const [, first = '', step, last = first, distance] =
      /^([0-9a-f]+)(?:(\.\.|\/)([0-9a-f]+))?([+-]\d+)$/.exec(run) ?? [];
    const [start, end] = [Number.parseInt(first, 16), Number.parseInt(last, 16)];
    for (let code = start; code <= end; code += step === '/' ? 2 : 1) {
      all.from += String.fromCodePoint(code);
      all.to += String.fromCodePoint(code + Number(distance));
    }
    all.ranges += `\\U${first.padStart(8, '0')}-\\U${last.padStart(8, '0')}`;
  }
  return all;
}
