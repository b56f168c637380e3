/**
 * IAM's evaluation of one request, as far as this project's policies need it: an explicit deny beats an allow, an allow beats silence.
 * Identity policies and the resource's own policy are of one account, so that an allow in either is enough.
 * Left out: permission boundaries, service control policies, session policies, requests across accounts, policy variables.
 * What it does not know, it refuses to judge.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

type OneOrMore<T> = T | readonly T[];

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: OneOrMore<string>;
  NotAction?: OneOrMore<string>;
  Resource?: OneOrMore<string>;
  NotResource?: OneOrMore<string>;
  Principal?: '*' | Record<string, OneOrMore<string>>;
  /** `{ operator: { key: values } }` */
  Condition?: Record<string, Record<string, OneOrMore<string | number | boolean>>>;
}

export interface Request {
  action: string;
  /** Its ARN. */
  resource: string;
  /** The ARN of a role, or the name of a service. */
  principal?: string;
  /** Condition keys; one that is not here is absent from the request. */
  context?: Readonly<Record<string, string>>;
}

export interface Policies {
  identity: readonly Statement[];
  /** Of the resource that the request goes to. */
  resource?: readonly Statement[];
}

export type Verdict = 'allowed' | 'denied' | 'not allowed';

/** @throws Error for a condition operator, or an element, that it does not know */
export function simulate({ identity, resource = [] }: Policies, request: Request): Verdict {
  const applying = [
    ...identity.filter((statement) => applies(statement, request)),
    ...resource.filter((statement) => concerns(statement, request) && applies(statement, request)),
  ];
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  return applying.length > 0 ? 'allowed' : 'not allowed';
}

function applies(statement: Statement, request: Request): boolean {
  refuseUnknown(statement);
  return (
    named(statement.Action, statement.NotAction, (pattern) => matches(pattern.toLowerCase(), request.action.toLowerCase())) &&
    named(statement.Resource, statement.NotResource, (pattern) => matchesArn(pattern, request.resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, list(values).map(String), contextValue(key, request))),
    )
  );
}

const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'Condition'];

function refuseUnknown(statement: Statement): void {
  for (const element of Object.keys(statement)) if (!ELEMENTS.includes(element)) throw new Error(`unknown element ${element}`);
}

/** `not` turns the list round; without either nothing is named. */
function named(those: OneOrMore<string> | undefined, allBut: OneOrMore<string> | undefined, fits: (pattern: string) => boolean): boolean {
  if (those !== undefined) return list(those).some(fits);
  return allBut !== undefined && !list(allBut).some(fits);
}

/** Whether the statement of a resource's policy speaks of who asks. */
function concerns({ Principal }: Statement, { principal = '' }: Request): boolean {
  if (Principal === undefined) throw new Error('a resource policy names its principals');
  if (Principal === '*') return true;
  return Object.entries(Principal).some(([kind, who]) => {
    if (kind !== 'AWS' && kind !== 'Service') throw new Error(`unknown kind of principal ${kind}`);
    return list(who).some((one) => (kind === 'AWS' && one === '*') || one === principal);
  });
}

/** Condition keys are told apart without regard to case. */
const contextValue = (key: string, { context = {} }: Request): string | undefined =>
  Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];

type Comparison = (asked: string, value: string) => boolean;

const COMPARISONS: Record<string, Comparison> = {
  StringEquals: (asked, value) => asked === value,
  StringLike: (asked, value) => matches(asked, value),
  ArnEquals: (asked, value) => matchesArn(asked, value),
  ArnLike: (asked, value) => matchesArn(asked, value),
  Bool: (asked, value) => asked.toLowerCase() === value.toLowerCase(),
  NumericLessThan: (asked, value) => Number(value) < Number(asked),
};

function holds(operator: string, asked: readonly string[], value: string | undefined): boolean {
  // `true` asks that the key be absent.
  if (operator === 'Null') return asked.some((absent) => (absent === 'true') === (value === undefined));
  // Of a request that has none of them, all are so.
  if (operator.startsWith('ForAllValues:') && value === undefined) return true;
  const ifExists = operator.endsWith('IfExists');
  const plain = operator.replace(/^ForAllValues:/, '').replace(/IfExists$/, '');
  const negated = plain === 'StringNotEquals' || plain === 'StringNotLike';
  const compare = COMPARISONS[plain.replace('Not', '')];
  if (!compare || (plain.includes('Not') && !negated)) throw new Error(`unknown condition operator ${operator}`);
  if (value === undefined) return ifExists || negated;
  const found = asked.some((one) => compare(one, value));
  return negated ? !found : found;
}

/** The parts of an ARN are matched one by one; only the last may hold colons. */
function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [wanted, given] = [partsOf(pattern), partsOf(arn)];
  return wanted.length === given.length && wanted.every((part, place) => matches(part, given[place] ?? ''));
}

const partsOf = (arn: string): string[] => {
  const parts = arn.split(':');
  return parts.length > 6 ? [...parts.slice(0, 5), parts.slice(5).join(':')] : parts;
};

/** `*` stands for any characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

const list = <T>(value: OneOrMore<T>): readonly T[] => (Array.isArray(value) ? value : [value as T]);
