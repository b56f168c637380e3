import { BackfillError } from '../core/errors.ts';

/** Write units a second that anybody asks about. */
export const MAX_RATE = 1e9;

interface Range {
  least: number;
  most: number;
  /** Whole numbers only. */
  whole?: boolean;
}

/** A number as people type large ones: `1000000`, `1_000_000`, `1e6`. */
const NUMBER = /^\d+(?:_\d+)*(?:\.\d+)?(?:e-?\d+)?$/i;

/** NaN for what is none. */
export const quantityOf = (text: string): number => (NUMBER.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN);

/** A number as it was typed, or the text that is none: Prepare says what is wrong with it. */
export function typedNumber(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const value = text.startsWith('-') ? -quantityOf(text.slice(1)) : quantityOf(text);
  return Number.isFinite(value) ? value : text;
}

/** `5%` is 0.05. What is no share stays as it was typed, so that Prepare says it as it was. */
export function typedShare(text: string | undefined): unknown {
  const percents = /^(\d+(?:\.\d+)?) ?%$/.exec(text ?? '')?.[1];
  if (percents === undefined) return typedNumber(text);
  return Number(percents) <= 100 ? Number(percents) / 100 : text;
}

/** `undefined`: the option was not given. @throws {BackfillError} `option.invalid` */
export function quantity(option: string, text: string | undefined, { least, most, whole = false }: Range): number | undefined {
  if (text === undefined) return undefined;
  const value = quantityOf(text);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const range = `from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}`;
  throw new BackfillError('option.invalid', `${option} cannot be ${text}: it must be a ${whole ? 'whole ' : ''}number ${range}.`, {
    remedy: 'Type it in digits, such as 1000000, 1_000_000 or 1e6.',
    details: { option },
  });
}

/** `0.3` or `30%`. @throws {BackfillError} `option.invalid` */
export function share(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percents = /^(\d+(?:\.\d+)?) ?%$/.exec(text)?.[1];
  const value = percents !== undefined ? Number(percents) / 100 : /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new BackfillError('option.invalid', `${option} cannot be ${text}: it must be a share from 0 to 1, or from 0% to 100%.`, {
    remedy: 'Type it as 0.3 or as 30%.',
    details: { option },
  });
}
