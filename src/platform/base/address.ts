/** A postal address as it is stored, in one jsonb column: it is always read and replaced as a whole. */
export interface AddressValue {
  lineOne?: string | null;
  lineTwo?: string | null;
  lineThree?: string | null;
  city?: string | null;
  state?: string | null;
  zipCode?: string | null;
  country?: string | null;
  note?: string | null;
}
