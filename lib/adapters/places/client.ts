import { BackfillError } from '../../core/errors.ts';
import type { ServiceClient, ServiceFault } from '../../core/ports.ts';

export interface PlacesConfig {
  /** Never logged, never part of an error. */
  apiKey: string;
  /** Response fields, comma-separated (`X-Goog-FieldMask`). */
  fieldMask: string;
  baseUrl?: string;
}

/** A service that asks for more patience than this is down, for all that we can wait. */
const MAX_RETRY_AFTER_MS = 60_000;

const DEFAULT_BASE_URL = 'https://places.googleapis.com';

interface GoogleError {
  error?: { code?: number; message?: string; status?: string; details?: { metadata?: Record<string, string>; reason?: string }[] };
}

/**
 * Google Places API (New), place details: `GET /v1/places/{place_id}`. One request a call; the engine retries.
 * Source: "Place Details (New)", Google Maps Platform documentation.
 *
 * @throws {BackfillError} `service.key-missing`
 */
export function placesClient({ apiKey, fieldMask, baseUrl = DEFAULT_BASE_URL }: PlacesConfig, now: () => number): ServiceClient {
  if (apiKey === '') throw new BackfillError('service.key-missing', 'There is no key for the Google Places API.');
  const headers = { 'X-Goog-Api-Key': apiKey, 'X-Goog-FieldMask': fieldMask };
  return {
    async call(placeId, signal) {
      const response = await fetch(`${baseUrl}/v1/places/${encodeURIComponent(placeId)}`, { headers, signal });
      const text = await response.text();
      const body = parse(text);
      if (response.ok) {
        if (body === undefined) return { kind: 'fault', fault: { kind: 'transient', message: 'the answer is not JSON' } };
        return { kind: 'answer', answer: { kind: 'found', value: body } };
      }
      const { error = {} } = (body ?? {}) as GoogleError;
      if (isMissing(response.status, error)) return { kind: 'answer', answer: { kind: 'missing', reason: error.status ?? 'NOT_FOUND' } };
      return { kind: 'fault', fault: faultOf(response.status, error, response.headers.get('retry-after'), now()) };
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An id that Google does not know, or cannot even read. */
function isMissing(status: number, error: NonNullable<GoogleError['error']>): boolean {
  // Google's own 404, not one of a proxy or of a wrong address.
  if (status === 404) return error.status === 'NOT_FOUND';
  return status === 400 && /place id/i.test(error.message ?? '');
}

function faultOf(status: number, error: NonNullable<GoogleError['error']>, retryAfter: string | null, now: number): ServiceFault {
  const message = `${status} ${error.status ?? ''}`.trim();
  const refused = status === 401 || status === 403 || (status === 400 && error.details?.some(({ reason }) => reason === 'API_KEY_INVALID'));
  if (refused) return { kind: 'refused', message };
  if (status === 429 && spendsDay(error)) return { kind: 'quota', message, until: nextPacificMidnight(now) };
  const seconds = Number(retryAfter);
  return {
    kind: 'transient',
    message,
    ...(status === 429 && { isThrottle: true }),
    ...(retryAfter && Number.isFinite(seconds) && { retryAfterMs: Math.min(MAX_RETRY_AFTER_MS, seconds * 1000) }),
  };
}

const spendsDay = (error: NonNullable<GoogleError['error']>): boolean =>
  (error.details ?? []).some(({ metadata = {} }) => /per_?day/i.test(`${metadata.quota_limit ?? ''} ${metadata.quota_unit ?? ''}`));

/** Google's daily quotas begin anew at midnight Pacific time. */
export function nextPacificMidnight(now: number): number {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  });
  const part = (parts: Intl.DateTimeFormatPart[], type: string): number => Number(parts.find((entry) => entry.type === type)?.value);
  const parts = clock.formatToParts(now);
  const sinceMidnight = part(parts, 'hour') * 3600 + part(parts, 'minute') * 60 + part(parts, 'second');
  const candidate = now - (now % 1000) + (86_400 - sinceMidnight) * 1000;
  // On the two days a year when the clock changes, the day is an hour longer or shorter.
  const hour = part(clock.formatToParts(candidate), 'hour');
  return candidate + (hour === 23 ? 3_600_000 : hour === 1 ? -3_600_000 : 0);
}
