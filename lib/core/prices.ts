/** Dollars, as AWS publishes them for us-east-1. One table, dated; an environment may override any line of it. */
export const prices = {
  /** When these were looked up. */
  asOf: '2026-01',
  region: 'us-east-1',
  /** A million on-demand request units. */
  writeUnits: 0.625,
  readUnits: 0.125,
  /** A provisioned unit for an hour. */
  writeCapacityHour: 0.00065,
  readCapacityHour: 0.00013,
  /** A GB for a month. */
  backupGbMonth: 0.1,
  pitrGbMonth: 0.2,
  /** A GB brought back. */
  restoreGb: 0.15,
  /** A million invocations, and a GB-second on Arm. */
  lambdaRequests: 0.2,
  lambdaGbSecond: 0.0000133334,
  /** A thousand transitions of a standard workflow. */
  transitions: 0.025,
  /** A thousand requests. */
  objectPuts: 0.005,
  objectGets: 0.0004,
};

export type Prices = typeof prices;

/** Dollars for one of each: AWS prices some by the million, some by the thousand. */
export const unitPrices = (prices: Prices) => ({
  writeUnit: prices.writeUnits / 1e6,
  readUnit: prices.readUnits / 1e6,
  lambdaRequest: prices.lambdaRequests / 1e6,
  lambdaGbSecond: prices.lambdaGbSecond,
  transition: prices.transitions / 1e3,
  objectPut: prices.objectPuts / 1e3,
  objectGet: prices.objectGets / 1e3,
});
