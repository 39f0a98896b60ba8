/** SQL expressions that write JSON text as the gateway does, member by member: faster than `json_build_object`. */
export const id = (column: string) => `'"'||${column}||'"'`;
/** Of a text that needs no escapes. */
export const word = (column: string) => `coalesce('"'||${column}||'"','null')`;
export const text = (column: string) => `coalesce(to_json(${column})::text,'null')`;
export const number = (column: string) => `coalesce(${column}::text,'null')`;
export const instant = (column: string) =>
  `coalesce(to_char(${column},'"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""'),'null')`;

/** @param members expressions by name */
export function object(members: Record<string, string>): string {
  const parts = Object.entries(members).map(([name, json], index) => `'${index === 0 ? '{' : ','}"${name}":'||${json}`);
  return `${parts.join('||')}||'}'`;
}

/** Array of the rows of `from`, in its order. @param json of one row */
export const array = (json: string, from: string) =>
  `'['||(select coalesce(string_agg(${json},','),'') from ${from})||']'`;

/** The row of `from`, or null. */
export const one = (json: string, from: string) => `coalesce((select ${json} from ${from}),'null')`;

export const data = (field: string, json: string) => `select '{"data":{"${field}":'||${json}||'}}' as json`;
