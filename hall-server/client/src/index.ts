// The hall's REST API for TypeScript: typed by the OpenAPI document that the
// hall-server's code makes, with commands that may be retried without harm.
// Paths are those of docs/api.md; what goes wrong is thrown as a Problem.
import createFetchClient, { type MaybeOptionalInit, type ParseAsResponse } from "openapi-fetch";
import type { HttpMethod, OkStatus, PathsWithMethod, RequiredKeysOf } from "openapi-typescript-helpers";
import { isProblem, Problem } from "./problem.ts";
import { type Retry, retrying } from "./retry.ts";
import type { components, paths } from "./schema.gen.ts";

export { Problem } from "./problem.ts";
export type { Retry } from "./retry.ts";
export { verifyWebhook, WebhookError, type WebhookHeaders } from "./webhook.ts";

/** The types of what the API takes and answers. */
export type Schemas = components["schemas"];
export type Ticket = Schemas["TicketView"];
export type Window = Schemas["WindowView"];
export type Service = Schemas["ServiceView"];
export type Webhook = Schemas["WebhookView"];
/** What a webhook delivers. */
export type HallEvent = Schemas["Event"];

const prefix = "/api/v1";

/** The API's paths without their common beginning. */
export type Paths = {
  [P in keyof paths as P extends `${typeof prefix}${infer Rest}` ? Rest : never]: paths[P];
};

type Operation<Path extends keyof Paths, M extends HttpMethod> = M extends keyof Paths[Path]
  ? Paths[Path][M]
  : never;

type Content<Response> = Response extends { content: infer C } ? C[keyof C] : undefined;

/** What an operation answers; undefined for 204. */
type Answer<Op> = Op extends { responses: infer R }
  ? { [S in keyof R & OkStatus]: Content<R[S]> }[keyof R & OkStatus]
  : never;

/** Runs an operation and resolves with its answer, or rejects with a Problem. */
type Method<M extends HttpMethod> = <
  Path extends PathsWithMethod<Paths, M>,
  Init extends MaybeOptionalInit<Paths[Path], M>,
>(
  path: Path,
  ...init: RequiredKeysOf<Init> extends never ? [init?: Init] : [init: Init]
) => Promise<ParseAsResponse<Answer<Operation<Path, M>>, Init>>;

export interface HallClient {
  get: Method<"get">;
  post: Method<"post">;
  put: Method<"put">;
  delete: Method<"delete">;
}

export interface ClientOptions extends Retry {
  /** Where the hall-server is, such as http://10.0.0.5:8080. */
  url: string;
  /** A token made by `hall-server token`. */
  token: string;
  /** Sends requests; by default the global fetch. */
  fetch?: (request: Request) => Promise<Response>;
}

/**
 * Returns a client of one hall. Every command gets an Idempotency-Key, unless
 * it brings one, and keeps it while it is tried again after a broken
 * connection, a timeout or a 503: it is never done twice.
 */
export function createClient({ url, token, fetch, ...retry }: ClientOptions): HallClient {
  const client = createFetchClient<Paths>({
    baseUrl: url.replace(/\/+$/, "") + prefix,
    headers: { Authorization: `Bearer ${token}` },
    fetch: retrying(fetch ?? ((request) => globalThis.fetch(request)), retry),
  });
  const method = (name: HttpMethod) => async (path: never, init: never) => {
    const { data, error, response } = await client.request(name, path, init);
    if (response.ok) return data;
    throw new Problem(response.status, isProblem(error) ? error : undefined);
  };
  return {
    get: method("get"),
    post: method("post"),
    put: method("put"),
    delete: method("delete"),
  } as HallClient;
}
