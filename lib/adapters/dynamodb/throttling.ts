import { type Throttle, UNTOLD } from '../../core/throttle.ts';

/**
 * What a throttling exception says of its cause. Batch statements' errors carry a code and a message only.
 * Source: "ThrottlingReason", Amazon DynamoDB API Reference.
 */
interface Told {
  name?: string;
  ThrottlingReasons?: Reason[];
  /** So spelled by `ThrottlingException`. */
  throttlingReasons?: Reason[];
}

interface Reason {
  /** `<Table|Index><Read|Write><limit>`. */
  reason?: string;
  /** The ARN of the table or index. */
  resource?: string;
}

const REASON = /^(Table|Index)(Read|Write)(KeyRange|Provisioned|MaxOnDemand|AccountLimit)/;

const LIMITS = { KeyRange: 'key-range', Provisioned: 'provisioned', MaxOnDemand: 'on-demand', AccountLimit: 'account' } as const;

function throttleFor({ reason = '', resource = '' }: Reason): Throttle {
  const [, scope, operation, limit] = REASON.exec(reason) ?? [];
  if (!limit) return UNTOLD;
  const index = scope === 'Index' ? (/\/index\/([^/]+)$/.exec(resource)?.[1] ?? '') : null;
  return { index, operation: operation === 'Read' ? 'read' : 'write', limit: LIMITS[limit as keyof typeof LIMITS] };
}

/** How much of a run a limit holds back: the whole account most, one key range of the table least. */
const reachOf = ({ index, limit }: Throttle): number => {
  if (limit === 'unknown') return 0;
  if (limit === 'account') return 4;
  if (limit !== 'key-range') return 3;
  return index === null ? 1 : 2;
};

/** The limit that an SDK's throttling error names; of several the one that reaches farthest. */
export function throttleOf(error: unknown): Throttle {
  const { name, ThrottlingReasons, throttlingReasons } = error as Told;
  const reasons = ThrottlingReasons ?? throttlingReasons ?? [];
  const [first = UNTOLD] = reasons.map(throttleFor).sort((a, b) => reachOf(b) - reachOf(a));
  return first.limit === 'unknown' && name === 'RequestLimitExceeded' ? { ...UNTOLD, limit: 'account' } : first;
}
