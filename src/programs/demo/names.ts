import type { Sex } from '../../features/patient/sex';

/** Common first names by sex; combined by chance with common last names, so that nobody in particular is meant. */
export const FIRST_NAMES: Record<Extract<Sex, 'FEMALE' | 'MALE'>, readonly string[]> = {
  FEMALE: words(`
    Abigail Aisha Alma Amara Beatriz Bernice Camila Carol Chloe Dolores Edith Elena Esther Fatima Florence Gloria
    Grace Hannah Imani Irene Jasmine Joyce Keiko Leilani Lucia Mabel Maeve Mei Naomi Nora Olive Pearl Priya Renata
    Rosa Ruth Sofia Tamika Valentina Wilma Yolanda Zara`),
  MALE: words(`
    Ahmed Albert Andre Anthony Arjun Bruno Calvin Carlos Clarence Curtis Darnell Diego Earl Edwin Emilio Felix Frank
    Gerald Hector Henry Hiroshi Isaac Jamal Joaquin Kai Kenji Leonard Luis Marcus Miguel Nathan Omar Oscar Percy
    Rafael Raymond Samuel Silas Theodore Victor Walter Wei`),
};

export const LAST_NAMES: readonly string[] = words(`
    Abbott Acosta Adeyemi Akana Alvarez Anderson Baker Banerjee Barnes Begay Bennett Brooks Burke Campbell Castillo
    Chavez Chen Coleman Cooper Cruz Davis Delgado Diaz Duncan Edwards Ellis Fischer Fitzgerald Flores Foster Garcia
    Gibson Gomez Graham Gutierrez Hansen Hayes Hernandez Hoang Howard Hughes Ibrahim Jackson Jensen Johnson Kahale
    Kaur Kelly Kim Kowalski Larson Lee Lopez Marshall Martinez McCarthy Mendoza Meyer Miller Mitchell Morales
    Nakamura Nelson Nguyen Novak O'Brien Okafor Olsen Ortiz Owens Park Patel Perez Peterson Pham Ramirez Reyes
    Rivera Robinson Rossi Russell Santos Schmidt Shah Silva Simmons Singh Sullivan Tanaka Taylor Thompson Torres
    Tran Vargas Walker Washington Watanabe Williams Wright Yamamoto Young Zimmerman`);

export const STREETS: readonly string[] = `
    Alder Street, Ash Lane, Birch Road, Cedar Avenue, Chestnut Street, Church Street, Elm Street, Fourth Street,
    Garden Way, Hill Road, Hillcrest Drive, Juniper Court, Lake Street, Laurel Lane, Linden Avenue, Main Street,
    Maple Avenue, Meadow Lane, Mill Road, Oak Street, Orchard Road, Park Avenue, Pine Street, Prospect Street,
    River Road, School Street, Second Avenue, Spring Street, Spruce Street, Sunset Drive, Third Avenue,
    Valley View Road, Walnut Street, Willow Way`
  .trim()
  .split(/,\s+/);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
