/**
 * `npm run simulate [-- --only storm,reserve --seed 7 --json]`
 *
 * The real engine, its limiter, governor, retries and page loop, against a model of DynamoDB in virtual time: what is claimed, what came
 * out, and whether it is kept. Exits with 1 when a bound is missed. The same seed gives the same figures on every machine.
 */
import { parseArgs } from 'node:util';
import { isKept, type Scenario, type Verdict } from '../lib/simulation/scenario.ts';
import { scenarios } from '../lib/simulation/scenarios/index.ts';
import { type Simulated, simulate } from '../lib/simulation/simulate.ts';
import { MemoryLedger } from '../test/support/memory-ledger.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, seed: { type: 'string', default: '1' }, json: { type: 'boolean', default: false } },
});
const seed = Number(values.seed);
const wanted = values.only?.split(',');
const chosen = scenarios.filter(({ name }) => !wanted || wanted.includes(name));
if (chosen.length === 0 || !Number.isInteger(seed)) {
  console.error(`There is no such scenario, or the seed is no whole number. Scenarios: ${scenarios.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const figure = (value: number, unit: string): string => {
  if (!Number.isFinite(value)) return 'never';
  const text = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
  return unit === '' ? text : `${text} ${unit}`;
};

function boundOf({ least, most, unit }: Verdict): string {
  if (least !== undefined && least === most) return figure(least, unit);
  if (least !== undefined && most !== undefined) return `${figure(least, '')} to ${figure(most, unit)}`;
  return least === undefined ? `at most ${figure(most ?? 0, unit)}` : `at least ${figure(least, unit)}`;
}

function print({ name, about }: Scenario, verdicts: readonly Verdict[]): void {
  console.log(`\n${name}: ${about}`);
  const width = Math.max(...verdicts.map(({ what }) => what.length));
  for (const verdict of verdicts) {
    const columns = [figure(verdict.figure, verdict.unit).padStart(10), boundOf(verdict).padEnd(18), isKept(verdict) ? 'ok' : 'MISSED'];
    console.log(`  ${verdict.what.padEnd(width)}${columns.join('   ')}`);
  }
}

const results: { scenario: string; verdicts: (Verdict & { ok: boolean })[] }[] = [];
for (const scenario of chosen) {
  const simulated: Record<string, Simulated> = {};
  for (const [name, scene] of Object.entries(scenario.scenes)) simulated[name] = await simulate(scene, seed, new MemoryLedger());
  const verdicts = scenario.judge(simulated);
  results.push({ scenario: scenario.name, verdicts: verdicts.map((verdict) => ({ ...verdict, ok: isKept(verdict) })) });
  if (!values.json) print(scenario, verdicts);
}

const all = results.flatMap(({ verdicts }) => verdicts);
const missed = all.filter(({ ok }) => !ok).length;
if (values.json) console.log(JSON.stringify({ seed, missed, results }, null, 2));
else console.log(`\n${all.length - missed} of ${all.length} kept, seed ${seed}`);
process.exitCode = missed > 0 ? 1 : 0;
