import type { BoardView, CallView, FeedView, ServiceView, WindowView } from "@smarthall/ui";
import type { ScreenData } from "@smarthall/ui/screen";
import { codeUrl, fileUrl } from "./remote";
import { t } from "./text";

/** What a preview is bound to. */
export interface Preview {
  board: BoardView;
  feeds: FeedView[];
  /** sample shows a busy hall instead of the hall as it is. */
  sample: boolean;
  zone: string;
  /** window is the one that the screen hangs above, by id; empty takes the first. */
  window: string;
  now: number;
}

/** dataOf is the data of a preview: live, or the hall's own windows and services on a busy day. */
export function dataOf(p: Preview): ScreenData {
  const windows = p.board.windows ?? [];
  const services = p.board.services ?? [];
  const shown = p.sample ? busy(windows, p.now) : windows;
  return {
    hall: p.board.hall,
    services: p.sample ? waiting(services) : services,
    windows: shown,
    calls: p.sample ? calls(shown, p.now) : (p.board.calls ?? []),
    feeds: p.sample ? [...p.feeds, ...feeds(p)] : p.feeds,
    zone: p.zone,
    below: below(shown, p.window),
    glow: new Set(),
    now: p.now,
    file: fileUrl,
    code: codeUrl,
  };
}

/** below are the window with all that share its screen, and for previews of two more if it has none. */
function below(windows: WindowView[], id: string): WindowView[] {
  const at = Math.max(
    0,
    windows.findIndex((w) => w.id === id),
  );
  const first = windows[at];
  if (!first) return [];
  const shared = windows.filter((w) => w.screen && w.screen === first.screen);
  return shared.length > 1 ? shared : [...windows.slice(at), ...windows.slice(0, at)].slice(0, 2);
}

const letters = "ABCDEFGHJ";

function numberOf(i: number): string {
  return `${letters[i % letters.length]}${String(((i * 7) % 40) + 12).padStart(3, "0")}`;
}

/** busy are windows of which some call, serve, pause and wait. */
function busy(windows: WindowView[], now: number): WindowView[] {
  return windows.map((w, i) => {
    const state = (["serving", "serving", "paused", "idle"] as const)[i % 4] ?? "idle";
    const called = i % 4 === 0;
    return {
      ...w,
      disabled: false,
      state,
      text: state === "paused" ? t("sample.pause") : "",
      ticket:
        state === "serving"
          ? {
              id: `t${i}`,
              number: numberOf(i),
              service: "",
              serviceName: w.name,
              state: called ? "called" : "serving",
              channel: "card",
              day: "",
              ahead: 0,
              takenAt: new Date(now).toISOString(),
              dueAt: new Date(now).toISOString(),
              call: `c${i}`,
            }
          : undefined,
    };
  });
}

/** calls are what those windows have called, newest first. */
function calls(windows: WindowView[], now: number): CallView[] {
  return windows.slice(0, 10).map((w, i) => ({
    id: `c${i}`,
    ticket: `t${i}`,
    number: numberOf(i),
    recall: i === 2 ? 1 : 0,
    window: w.id,
    windowNumber: w.number,
    windowName: w.name,
    zone: w.zone,
    service: "",
    serviceName: w.name,
    at: new Date(now - i * 40_000).toISOString(),
    ended: i === 3,
  }));
}

function waiting(services: ServiceView[]): ServiceView[] {
  return services.map((s, i) => ({
    ...s,
    available: true,
    openWindows: 1,
    waiting: (i * 5) % 13,
    waitLow: (i * 5) % 20,
    waitHigh: ((i * 5) % 20) + 5,
    next: (i * 5) % 13 ? [numberOf(i), numberOf(i + 1), numberOf(i + 2)] : [],
  }));
}

/** feeds stand in for those that nobody has told yet. */
function feeds(p: Preview): FeedView[] {
  const told = new Set(p.feeds.filter((f) => Date.parse(f.until) > p.now).map((f) => f.name));
  const at = new Date(p.now).toISOString();
  const until = new Date(p.now + 3_600_000).toISOString();
  const weather = { name: "weather", title: t("sample.weather"), text: t("sample.weather.text"), at, until };
  return told.has("weather") ? [] : [weather];
}
