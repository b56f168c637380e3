/** Google's errors, in the shape that its APIs answer with. */

export interface Answer {
  code: number;
  body: string;
}

type Detail = { '@type': string } & Record<string, unknown>;

const DOMAIN = 'googleapis.com';
const SERVICE = 'places.googleapis.com';

export function errorAnswer(code: number, status: string, message: string, details?: Detail[]): Answer {
  return { code, body: JSON.stringify({ error: { code, message, status, ...(details && { details }) } }) };
}

const errorInfo = (reason: string, metadata: Record<string, string>): Detail => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: DOMAIN,
  metadata,
});

export const missingKey = (): Answer =>
  errorAnswer(
    403,
    'PERMISSION_DENIED',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  );

export const badKey = (): Answer =>
  errorAnswer(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
    errorInfo('API_KEY_INVALID', { service: SERVICE }),
  ]);

export const missingMask = (): Answer =>
  errorAnswer(
    400,
    'INVALID_ARGUMENT',
    "FieldMask is a required parameter. See https://cloud.google.com/apis/docs/system-parameters on how to provide it, for example, you can pass '$fields=*' as a URL parameter to get all fields.",
  );

export function badMask(path: string): Answer {
  const message = `Error expanding 'fields' parameter. Cannot find matching fields for path '${path}'.`;
  return errorAnswer(400, 'INVALID_ARGUMENT', message, [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field: path, description: message }] },
  ]);
}

export const badPlaceId = (placeId: string): Answer => errorAnswer(400, 'INVALID_ARGUMENT', `Not a valid Place ID: ${placeId}`);

export const unknownPlace = (): Answer =>
  errorAnswer(
    404,
    'NOT_FOUND',
    'The Place ID is no longer valid. Please refresh cached Place IDs as per https://developers.google.com/maps/documentation/places/web-service/place-id#save-id.',
  );

export const internalError = (): Answer => errorAnswer(500, 'INTERNAL', 'Internal error encountered.');

export const unavailable = (): Answer => errorAnswer(503, 'UNAVAILABLE', 'The service is currently unavailable.');

/** Google sends no Retry-After; which quota is spent stands in the details alone. */
export function quotaSpent(period: 'Minute' | 'Day', limit: number): Answer {
  const message = `Quota exceeded for quota metric 'GetPlaceRequest' and limit 'GetPlaceRequest per ${period.toLowerCase()}' of service '${SERVICE}' for consumer 'project_number:0'.`;
  const metadata = {
    service: SERVICE,
    consumer: 'projects/0',
    quota_metric: `${SERVICE}/get_place_requests`,
    quota_limit: `GetPlaceRequestsPer${period}PerProject`,
    quota_limit_value: String(limit),
    quota_unit: `1/${period === 'Day' ? 'd' : 'min'}/{project}`,
    quota_location: 'global',
  };
  return errorAnswer(429, 'RESOURCE_EXHAUSTED', message, [
    errorInfo('RATE_LIMIT_EXCEEDED', metadata),
    { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ subject: 'project_number:0', description: message }] },
  ]);
}
