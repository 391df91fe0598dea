/** What the server refused, in its own sentence. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfter: number | null = null,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Nobody answered: no network, or a gateway that is just starting. */
export class NetworkError extends Error {}

const TRANSIENT = new Set([502, 503, 504]);

async function refusal(response: Response): Promise<Error> {
  if (TRANSIENT.has(response.status)) return new NetworkError(`HTTP ${response.status}`);
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // not JSON: an intermediary spoke
  }
  const after = Number(response.headers.get('Retry-After'));
  return new ApiError(
    response.status,
    typeof body.error === 'string' ? body.error : 'error',
    typeof body.message === 'string' ? body.message : '',
    Number.isFinite(after) && after > 0 ? after : null,
    body,
  );
}

/** A request whose answer is good; anything else is thrown as ApiError or NetworkError. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer', ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new NetworkError(String(error));
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** The same, with a JSON body in and out. An empty answer is an empty object. */
export async function requestJson<T>(url: string, init: RequestInit & { json?: unknown } = {}): Promise<T> {
  const { json, ...rest } = init;
  const headers = new Headers(rest.headers);
  headers.set('Accept', 'application/json');
  if (json !== undefined) headers.set('Content-Type', 'application/json');
  const response = await request(url, { ...rest, headers, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
  const text = await response.text();
  return (text ? JSON.parse(text) : {}) as T;
}
