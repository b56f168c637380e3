/** A stand-in for the Places API (New), Place Details: its contract, and the ways in which it fails. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { GooglePlace } from '../sample/google-place.ts';
import {
  type Answer,
  badKey,
  badMask,
  badPlaceId,
  errorAnswer,
  internalError,
  missingKey,
  missingMask,
  quotaSpent,
  unavailable,
  unknownPlace,
} from './answers.ts';
import { drawCallFaults, type Faults, type FaultsInput, isMissing, parseFaults } from './faults.ts';
import { type FieldMask, maskPlace, parseFieldMask } from './field-mask.ts';

export interface PlacesServerOptions {
  places: ReadonlyMap<string, GooglePlace>;
  /** @default - nothing goes wrong */
  faults?: FaultsInput;
  /** Decides which calls and places the faults strike. @default 1 */
  seed?: number;
}

export interface PlacesStats {
  /** Requests for a place, whatever the answer. */
  calls: number;
  byStatus: Record<string, number>;
  /** Distinct place ids that were asked for. */
  places: number;
}

export interface PlacesServer {
  /** Not listening yet. */
  server: Server;
  faults(): Faults;
  /** Replaces all faults; what is left out no longer occurs. Throws a TypeError that names what is wrong. */
  setFaults(faults: FaultsInput): void;
  stats(): PlacesStats;
}

const PLACE_PATH = '/v1/places/';
/** Ids are opaque, but of one alphabet, and never short. */
const PLACE_ID = /^[A-Za-z0-9_-]{20,}$/;
/** What a minute's quota names; any number would do. */
const MINUTE_QUOTA = 600;
const MAX_FAULTS_BYTES = 10_000;

function decodePlaceId(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(PLACE_PATH.length));
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_FAULTS_BYTES) throw new TypeError('The body is too long.');
  }
  return JSON.parse(text);
}

function respond(response: ServerResponse, { code, body }: Answer): void {
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function createPlacesServer({ places, faults: initialFaults = {}, seed = 1 }: PlacesServerOptions): PlacesServer {
  let faults: Faults;
  let callsSinceSet = 0;
  let calls = 0;
  const byStatus: Record<string, number> = {};
  const callsOf = new Map<string, number>();
  // Callers send one mask, thousands of times.
  const masks = new Map<string, ReturnType<typeof parseFieldMask>>();

  function setFaults(input: unknown): void {
    const parsed = parseFaults(input);
    if ('problem' in parsed) throw new TypeError(parsed.problem);
    faults = parsed.faults;
    callsSinceSet = 0;
  }
  setFaults(initialFaults);

  function maskOf(header: string): ReturnType<typeof parseFieldMask> {
    const known = masks.get(header) ?? parseFieldMask(header);
    if (masks.size < 100) masks.set(header, known);
    return known;
  }

  /** What is wrong with the request itself, in the order in which Google finds it. */
  function refuse({ headers }: IncomingMessage): Answer | { mask: FieldMask } {
    const key = headers['x-goog-api-key'];
    const header = headers['x-goog-fieldmask'];
    if (!key) return missingKey();
    if (key === 'bad-key') return badKey();
    if (faults.dailyQuota !== null && callsSinceSet++ >= faults.dailyQuota) return quotaSpent('Day', faults.dailyQuota);
    if (typeof header !== 'string' || header === '') return missingMask();
    const parsed = maskOf(header);
    return 'unknownPath' in parsed ? badMask(parsed.unknownPath) : parsed;
  }

  function answerCall(request: IncomingMessage, placeId: string | undefined): { answer: Answer; delay: number } {
    const id = placeId ?? '';
    const call = (callsOf.get(id) ?? 0) + 1;
    callsOf.set(id, call);
    const { fault, delay } = drawCallFaults(faults, seed, id, call);
    const now = (answer: Answer): { answer: Answer; delay: number } => ({ answer, delay });
    if (faults.down) return now(unavailable());
    const accepted = refuse(request);
    if ('code' in accepted) return now(accepted);
    if (fault === 'tooManyRequests') return now(quotaSpent('Minute', MINUTE_QUOTA));
    if (fault === 'serverError') return now(internalError());
    if (!PLACE_ID.test(id)) return now(badPlaceId(id));
    const place = isMissing(faults, seed, id) ? undefined : places.get(id);
    if (!place) return now(unknownPlace());
    const body = JSON.stringify(maskPlace(place, accepted.mask));
    return now({ code: 200, body: fault === 'brokenJson' ? body.slice(0, body.length >> 1) : body });
  }

  function handleCall(request: IncomingMessage, response: ServerResponse, path: string): void {
    calls += 1;
    const { answer, delay } = answerCall(request, decodePlaceId(path));
    byStatus[answer.code] = (byStatus[answer.code] ?? 0) + 1;
    if (delay === 0) respond(response, answer);
    else setTimeout(() => respond(response, answer), delay);
  }

  const stats = (): PlacesStats => ({ calls, byStatus: { ...byStatus }, places: callsOf.size });
  const json = (value: unknown): Answer => ({ code: 200, body: JSON.stringify(value) });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?');
    const route = `${request.method} ${path}`;
    if (route.startsWith(`GET ${PLACE_PATH}`)) return handleCall(request, response, path);
    if (route === 'GET /_stats') return respond(response, json(stats()));
    if (route === 'GET /_faults') return respond(response, json(faults));
    if (route !== 'PUT /_faults') return respond(response, errorAnswer(404, 'NOT_FOUND', `No such method: ${route}`));
    try {
      setFaults(await readBody(request));
      respond(response, json(faults));
    } catch (error) {
      respond(response, errorAnswer(400, 'INVALID_ARGUMENT', problemOf(error)));
    }
  }

  const server = createServer((request, response) => void handle(request, response));
  // Longer than clients keep idle connections: a connection that both ends close at once is an error nobody asked for.
  server.keepAliveTimeout = 75_000;
  return { server, faults: () => faults, setFaults, stats };
}
