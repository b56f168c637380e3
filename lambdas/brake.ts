import * as z from 'zod/mini';
import type { AnyDefinition } from '../lib/core/definition.ts';
import type { RunRecord } from '../lib/core/records/run.ts';
import { definitionsOn, letGo, type Oversight, runsOf } from './oversight.ts';

/** Turns the throttle alarms of the tables into brakes in the ledger, where every run finds them, and lets go of them when they are over. */

const Notifications = z.object({ Records: z.array(z.object({ Sns: z.object({ Message: z.string() }) })) });

const OfThrottles = z.object({
  Trigger: z.object({ Namespace: z.literal('AWS/DynamoDB'), MetricName: z.string().check(z.regex(/ThrottleEvents$/)) }),
});

/** What CloudWatch publishes of an alarm on one metric. */
const AlarmMessage = z.object({
  AlarmName: z.string(),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  NewStateReason: z.string(),
  StateChangeTime: z.string().check(z.refine((time) => !Number.isNaN(Date.parse(time)))),
  Trigger: z.object({ Dimensions: z.array(z.object({ name: z.string(), value: z.string() })) }),
});

interface Alarm {
  name: string;
  state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
  reason: string;
  /** When it came to that state, ISO 8601. */
  at: string;
  table: string;
}

/** May be called with the same event again, and with events in any order. */
export function createBrake(oversight: () => Promise<Oversight>) {
  return async (event: unknown): Promise<void> => {
    const here = await oversight();
    const { Records } = z.parse(Notifications, event);
    for (const { Sns } of Records) {
      const alarm = alarmIn(Sns.Message);
      if (alarm && definitionsOn(alarm.table, here).length > 0) await obey(alarm, here);
      else here.log.info('not about a table of ours', { ...(alarm && { alarm: alarm.name, table: alarm.table }) });
    }
  };
}

/** @throws {z.core.$ZodError} of throttles that cannot be read: they shall end in the dead-letter queue, not be passed over */
function alarmIn(message: string): Alarm | undefined {
  const json = tryJson(message);
  if (!z.safeParse(OfThrottles, json).success) return undefined;
  const { AlarmName, NewStateValue, NewStateReason, StateChangeTime, Trigger } = z.parse(AlarmMessage, json);
  const table = Trigger.Dimensions.find(({ name }) => name === 'TableName')?.value;
  if (table === undefined) return undefined;
  return { name: AlarmName, state: NewStateValue, reason: NewStateReason, at: new Date(StateChangeTime).toISOString(), table };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function obey(alarm: Alarm, here: Oversight): Promise<void> {
  const { name, state, reason, at, table } = alarm;
  const { ledger, log } = here;
  const who = `alarm ${name}`;
  if (state === 'ALARM') {
    const isNew = await ledger.setBrake(table, { alarm: name, reason, since: at, by: who });
    const stands = (await ledger.brakes(table)).some(({ alarm: one, since }) => one === name && since === at);
    if (isNew) log.warn('an alarm stands', { alarm: name, table });
    // Of one that is over since, or stood before, nothing is to be said.
    if (stands) await note({ at, who, what: 'alarm', details: { table, reason } }, await runsOn(table, 'running', here), here);
  } else if (state === 'OK') {
    if (await ledger.clearBrake(table, name, at)) log.info('an alarm is over', { alarm: name, table });
    const runs = [...(await runsOn(table, 'running', here)), ...(await runsOn(table, 'held', here))];
    await note({ at, who, what: 'alarm over', details: { table } }, runs, here);
    await letGo(table, `${who} is over`, here);
  }
}

async function runsOn(table: string, status: 'running' | 'held', here: Oversight): Promise<RunRecord[]> {
  const runs = await Promise.all(definitionsOn(table, here).map((definition: AnyDefinition) => runsOf(definition, status, here)));
  return runs.flat();
}

type Event = Parameters<Oversight['ledger']['addEvent']>[1];

/** Once in each run, however often this is called. */
async function note(event: Event, runs: readonly RunRecord[], { ledger }: Oversight): Promise<void> {
  for (const { runId } of runs) {
    const known = await ledger.events(runId);
    const isKnown = known.some(({ at, who, what }) => at === event.at && who === event.who && what === event.what);
    if (!isKnown) await ledger.addEvent(runId, event);
  }
}
