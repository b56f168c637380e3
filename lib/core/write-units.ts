/** Write units by table (`''`) and index name. */
export type WriteUnits = Record<string, number>;

/** Adds `more` to `units`. */
export function addUnits(units: WriteUnits, more: Readonly<WriteUnits>): void {
  for (const [name, some] of Object.entries(more)) units[name] = (Object.hasOwn(units, name) ? (units[name] as number) : 0) + some;
}

/** Table and indexes together, as the bill counts them. */
export const totalUnits = (units: Readonly<WriteUnits>): number => Object.values(units).reduce((sum, some) => sum + some, 0);
