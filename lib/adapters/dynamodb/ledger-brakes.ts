import type { Brake } from '../../core/records/control.ts';
import type { TableRows } from './table-rows.ts';

const brakeKey = (table: string, alarm: string) => ({ PK: `BRAKE#${table}`, SK: `ALARM#${alarm}` });

/** Alarms on tables, as they were heard of: twice, perhaps, and in any order. */
export class BrakeRows {
  readonly #rows: TableRows;

  constructor(rows: TableRows) {
    this.#rows = rows;
  }

  async standing(table: string): Promise<Brake[]> {
    const rows = await this.#rows.query({
      KeyConditionExpression: 'PK = :p AND begins_with(SK, :s)',
      ExpressionAttributeValues: { ':p': `BRAKE#${table}`, ':s': 'ALARM#' },
      ConsistentRead: true,
    });
    return rows.filter(({ over }) => over === null).map(({ alarm, reason, since, by }) => ({ alarm, reason, since, by }));
  }

  set(table: string, brake: Brake): Promise<boolean> {
    // What is over stays written down: the word that it began may come later. One that begins once more was over in between, though the word of it was lost.
    const row = { ...brakeKey(table, brake.alarm), ...brake, over: null };
    const isOlder = 'attribute_not_exists(PK) OR #over < :since OR (#over = :none AND #since < :since)';
    return this.#rows.put(row, isOlder, { ':since': brake.since, ':none': null }, { '#over': 'over', '#since': 'since' });
  }

  async clear(table: string, alarm: string, at: string): Promise<boolean> {
    const key = brakeKey(table, alarm);
    const names = { '#over': 'over', '#since': 'since' };
    const stood = await this.#rows.update(
      key,
      { over: at },
      'attribute_exists(PK) AND #over = :none AND #since <= :at',
      { ':none': null, ':at': at },
      names,
    );
    if (stood) return true;
    // It was over before, or never stood: the word that it began, once more, may come later.
    const isLater = await this.#rows.update(key, { over: at }, '#over < :at', { ':at': at }, { '#over': 'over' });
    if (!isLater) await this.#rows.put({ ...key, alarm, since: at, reason: '', by: '', over: at }, 'attribute_not_exists(PK)');
    return false;
  }
}
