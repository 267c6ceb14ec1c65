import { language, type Problem } from "@smarthall/ui";
import { wordsOf } from "@smarthall/ui/problems";
import { t } from "./text";

/** Mistake is one error in the hall's file, at its place. */
export interface Mistake {
  line: number;
  column?: number;
  message: string;
  /** at is the setting's path by keys and places, such as windows/0/number. */
  at?: string;
}

/** ApiError is an answer that is not a success; message is for the reader. */
export class ApiError extends Error {
  constructor(
    /** status is the HTTP status, 0 if the hall-server could not be reached. */
    readonly status: number,
    message: string,
    /** mistakes are the places in the file that was refused. */
    readonly mistakes: Mistake[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Staff is who is signed in. */
export interface Staff {
  staff: string;
  name: string;
  role: string;
}

const BASE = "/api/v1";

/**
 * call asks the hall-server and gives its answer, or throws an ApiError with
 * words for the reader: the problem document's detail if there is one.
 */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    // The hall-server words the mistakes of the hall's file for whoever reads them.
    const headers = { "accept-language": language.value, ...(init.headers as Record<string, string>) };
    response = await fetch(BASE + path, { credentials: "same-origin", cache: "no-store", ...init, headers });
  } catch {
    throw new ApiError(0, t("api.away"));
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  throw new ApiError(
    response.status,
    wordsOf({ code: problem.code ?? "", detail: problem.detail ?? "" }, fallback(response.status)),
    mistakesOf(problem),
  );
}

/** signIn opens a session, which the browser keeps as a cookie. */
export async function signIn(staff: string, password: string): Promise<Staff> {
  const response = await call("/sessions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ staff, password }),
  });
  return (await response.json()) as Staff;
}

/** signOut ends the session. */
export async function signOut(): Promise<void> {
  await call("/sessions/current", { method: "DELETE" });
}

/** whoAmI is who is signed in. */
export async function whoAmI(): Promise<Staff> {
  return (await (await call("/sessions/current")).json()) as Staff;
}

/** HallFile is the hall's YAML with the version it was read at. */
export interface HallFile {
  text: string;
  etag: string;
}

/** readHall reads the hall's file. */
export async function readHall(): Promise<HallFile> {
  const response = await call("/hall/config", { headers: { accept: "text/yaml" } });
  return { text: await response.text(), etag: response.headers.get("etag") ?? "" };
}

/**
 * writeHall replaces the hall's file if nobody else did since it was read:
 * then it throws an ApiError of status 412, and of 422 with the mistakes if
 * the file is not a hall. It gives the new version.
 */
export async function writeHall(file: HallFile): Promise<string> {
  const response = await call("/hall/config", {
    method: "PUT",
    headers: { "content-type": "text/yaml", "if-match": file.etag },
    body: file.text,
  });
  return response.headers.get("etag") ?? (await readHall()).etag;
}

type ProblemDocument = Partial<Problem> & { errors?: unknown };

async function problemOf(response: Response): Promise<ProblemDocument> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body ? (body as ProblemDocument) : {};
  } catch {
    return {};
  }
}

function mistakesOf(problem: ProblemDocument): Mistake[] {
  if (!Array.isArray(problem.errors)) return [];
  return problem.errors.flatMap((e: unknown) => {
    const { line, column, message, location } = (e ?? {}) as Partial<Mistake> & { location?: unknown };
    if (typeof message !== "string") return [];
    const at = typeof location === "string" && location ? { at: location } : {};
    return [{ line: typeof line === "number" && line > 0 ? line : 1, column, message, ...at }];
  });
}

function fallback(status: number): string {
  if (status === 401) return t("api.401");
  if (status === 403) return t("api.403");
  if (status === 412) return t("api.412");
  if (status === 429) return t("api.429");
  return t("api.failed", { status });
}
