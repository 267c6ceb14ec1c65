import { ask } from "../session";

/** Article is a text that the portal publishes, as the service desk sees it. */
export interface Article {
  /** id is a part of its address. */
  id: string;
  kind: "notice" | "law";
  title: string;
  source: string;
  summary?: string;
  /** body is its text; each line is a paragraph. */
  body: string;
  /** at is when it is published, RFC 3339. */
  at: string;
  state: "published" | "scheduled" | "withdrawn";
}

export const KINDS = ["notice", "law"] as const;
export const STATES = ["published", "scheduled", "withdrawn"] as const;

/** TAGS are the colours of states. */
export const TAGS = { published: "good", scheduled: "wait", withdrawn: "off" } as const;

/** PAGE is how many articles are asked for at once, at most 100. */
export const PAGE = 50;

/** articles asks for a piece of the list, the latest day first. */
export async function articles(filter: { kind: string; state: string }, from: number): Promise<Article[]> {
  const query = new URLSearchParams({ limit: String(PAGE), from: String(from) });
  if (filter.kind) query.set("kind", filter.kind);
  if (filter.state) query.set("state", filter.state);
  return (await ask<{ articles: Article[] }>("GET", `/articles/kept?${query}`)).articles;
}

/** article asks for one; undefined if it isn't there. */
export async function article(id: string): Promise<Article | undefined> {
  const query = new URLSearchParams({ id });
  return (await ask<{ articles: Article[] }>("GET", `/articles/kept?${query}`)).articles[0];
}

/** freshID names a new article after its day; the rest keeps two of one day apart. */
export function freshID(
  now = new Date(),
  random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
): string {
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(now).replaceAll("-", "");
  return `${day}-${(random % 36 ** 5).toString(36).padStart(5, "0")}`;
}

/** paragraphs are the lines of a body as the portal shows them. */
export function paragraphs(body: string): string[] {
  return body
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** address is where the public reads an article. */
export function address(a: Pick<Article, "id" | "kind">): string {
  return `/${a.kind === "notice" ? "notices" : "laws"}/${a.id}`;
}
