import type { Ring } from "./ring";

/** PATIENCE is how long an answer may take, in milliseconds. */
const PATIENCE = 8000;
/** WORST is the longest pause between two looks while the hall can't be reached. */
const WORST = 30_000;
/** SOON is the shortest time between two looks. */
const SOON = 1000;

/**
 * Live keeps the ticket's page as the hall-server would write it now: it asks
 * for the part that changes, at the pace that the server names, and sends what
 * the buttons say. The page stays as it is while the hall can't be reached.
 */
export class Live {
  private tag = "";
  private fails = 0;
  private looked = 0;
  private looking = false;
  private over = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pressed: HTMLButtonElement | undefined;
  private readonly ticket: HTMLElement;

  constructor(
    /** path is the ticket's address, such as /t/01J…. */
    private readonly path: string,
    private readonly ring: Ring,
    private readonly random: () => number = Math.random,
  ) {
    this.ticket = byId("ticket");
  }

  /** start follows the ticket that the page was loaded with. */
  start(): void {
    this.ticket.addEventListener("click", (e) => {
      this.pressed = (e.target as Element).closest("button") ?? undefined;
    });
    this.ticket.addEventListener("submit", (e) => void this.submit(e));
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", (e) => e.persisted && this.wake());
    const part = this.part();
    this.follow(part);
    this.over = part?.dataset.live !== "true";
    this.later(Number(part?.dataset.next) || 0);
  }

  /** look asks what there is now. */
  async look(): Promise<void> {
    if (this.looking || this.over) return;
    this.looking = true;
    clearTimeout(this.timer);
    try {
      // The query keeps the language that was chosen.
      const answer = await this.ask(`/live${location.search}`, {
        headers: this.tag ? { "If-None-Match": this.tag } : {},
      });
      if (answer.status === 304) this.known(answer);
      else if (answer.status === 200 || answer.status === 404) this.show(await answer.text(), answer);
      else throw new Error(`status ${answer.status}`);
    } catch {
      this.lost();
    } finally {
      this.looking = false;
    }
  }

  /** wake looks at once after the phone was away. */
  private wake(): void {
    if (Date.now() - this.looked >= SOON) void this.look();
  }

  private async ask(path: string, init: RequestInit): Promise<Response> {
    this.looked = Date.now();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), PATIENCE);
    try {
      return await fetch(this.path + path, { cache: "no-store", signal: abort.signal, ...init });
    } finally {
      clearTimeout(timer);
    }
  }

  /** submit sends a form of the page without leaving it. */
  private async submit(e: Event): Promise<void> {
    e.preventDefault();
    const form = e.target as HTMLFormElement;
    const button = ((e as SubmitEvent).submitter as HTMLButtonElement | null) ?? this.pressed;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) body.set(name, String(value));
    if (button?.name) body.set(button.name, button.value);
    const buttons = [...this.ticket.querySelectorAll("button")];
    for (const b of buttons) b.disabled = true;
    try {
      const verb = form.action.slice(form.action.lastIndexOf("/"));
      const answer = await this.ask(verb, { method: "POST", headers: { "Smarthall-Part": "1" }, body });
      if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) throw new Error("not a page");
      this.over = false;
      this.show(await answer.text(), answer);
      this.ticket.querySelector(".notice")?.scrollIntoView({ block: "center" });
    } catch {
      for (const b of buttons) b.disabled = false;
      this.lost();
    }
  }

  /** known is for an answer that nothing changed. */
  private known(answer: Response): void {
    const now = document.getElementById("now");
    const at = answer.headers.get("Smarthall-Now");
    if (now && at) now.textContent = at;
    this.reached(answer);
  }

  /** show puts the server's part in place, and keeps what the citizen was at. */
  private show(html: string, answer: Response): void {
    const open = [...this.ticket.querySelectorAll<HTMLDetailsElement>("details[open]")].map((d) => d.id);
    const focus = place(document.activeElement);
    this.ticket.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus)
      [...this.ticket.querySelectorAll<HTMLElement>("button, summary")]
        .find((x) => place(x) === focus)
        ?.focus();
    this.tag = answer.headers.get("ETag") ?? "";
    this.follow(this.part());
    this.reached(answer);
  }

  /** follow rings, says and titles what the part says. */
  private follow(part: HTMLElement | null): void {
    const { call = "", say = "", title = "", rings = "" } = part?.dataset ?? {};
    byId("ring").hidden = rings !== "true";
    if (title) document.title = title;
    const heard = byId("heard");
    if (this.tag && heard.textContent !== say) heard.textContent = say;
    this.ring.follow(call);
  }

  private reached(answer: Response): void {
    this.fails = 0;
    byId("away").hidden = true;
    const next = Number(answer.headers.get("Smarthall-Next")) || 0;
    this.over = next === 0;
    this.later(next);
  }

  private lost(): void {
    this.fails++;
    byId("since").textContent = document.getElementById("now")?.textContent ?? "";
    byId("away").hidden = false;
    this.later(Math.min(WORST, SOON * 2 ** this.fails) / 1000);
  }

  /** later looks again in about so many seconds: a hall's phones must not ask in step. */
  private later(seconds: number): void {
    clearTimeout(this.timer);
    if (seconds === 0 || this.over) return;
    this.timer = setTimeout(() => void this.look(), seconds * 1000 * (0.8 + 0.4 * this.random()));
  }

  private part(): HTMLElement | null {
    return document.getElementById("part");
  }
}

/** place names a button or summary so that it is found again in the next version. */
function place(x: Element | null): string {
  if (!x?.matches("button, summary")) return "";
  const form = x.closest("form")?.getAttribute("action") ?? "";
  return `${form} ${x.getAttribute("value") ?? ""} ${x.tagName === "SUMMARY" ? x.parentElement?.id : ""}`;
}

function byId(id: string): HTMLElement {
  const x = document.getElementById(id);
  if (!x) throw new Error(`the page has no ${id}`);
  return x;
}
