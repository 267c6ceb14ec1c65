import type { FeedView, LayoutFile, LayoutView, ScreenPlan, VoiceRule } from "@smarthall/ui";
import { call } from "../api";

/** LayoutDoc is a layout as the hall keeps it; see GET /layouts. */
export interface LayoutDoc {
  id: string;
  draft: LayoutView;
  rev: number;
  /** version is the published one, 0 before the first. */
  version: number;
  /** changed tells that the draft differs from what is published. */
  changed: boolean;
  by: string;
  at: string;
}

/** Version is one publication. */
export interface Version {
  number: number;
  by: string;
  at: string;
}

/** Screens is what every screen shows when; see GET /layouts/screens. */
export interface Screens {
  rev: number;
  screens: ScreenPlan[];
  voice: VoiceRule[];
  versions: Version[];
}

/** Change is a line of the audit. */
export interface Change {
  at: string;
  by: string;
  what: string;
  target: string;
  detail: string;
}

/** StoredFile is a picture or video. */
export interface StoredFile extends LayoutFile {
  by: string;
  at: string;
}

/** Source is where the hall fetches a feed by itself; see GET /layouts/sources. */
export interface Source {
  name: string;
  kind: "address" | "ready";
  title?: string;
  url?: string;
  every: number;
  keep: number;
  text?: string;
  rows?: string;
  label?: string;
  value?: string;
}

/** Sources are all of them with how they did the last time. */
export interface Sources {
  rev: number;
  sources: (Source & { asked?: string; failed?: string })[];
  hosts: string[];
  platform: boolean;
}

/** Dots is what a strip shows, as the hall's own program draws it. */
export interface Dots {
  width: number;
  height: number;
  rows: string[];
  text: string;
  runs: boolean;
}

async function json<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  return (await (await call(path, init)).json()) as T;
}

const id = encodeURIComponent;

/** The hall-server's side of layouts. */
export const remote = {
  list: async () => (await json<{ layouts: LayoutDoc[] }>("/layouts")).layouts,
  get: (layout: string) => json<LayoutDoc & { versions: Version[] }>(`/layouts/${id(layout)}`),
  create: (layout: LayoutView) => json<LayoutDoc>("/layouts", "POST", { layout }),
  save: (layout: LayoutView, rev: number) =>
    json<LayoutDoc>(`/layouts/${id(layout.id)}`, "PUT", { rev, layout }),
  publish: (layout: string, rev: number) =>
    json<LayoutDoc>(`/layouts/${id(layout)}/published`, "PUT", { rev }),
  restore: (layout: string, rev: number, version: number) =>
    json<LayoutDoc>(`/layouts/${id(layout)}/published`, "PUT", { rev, version }),
  remove: (layout: string) => call(`/layouts/${id(layout)}`, { method: "DELETE" }),
  changes: async () => (await json<{ changes: Change[] }>("/layouts/changes")).changes,
  screens: () => json<Screens>("/layouts/screens"),
  setScreens: (plan: Pick<Screens, "rev" | "screens" | "voice">) =>
    json<Screens>("/layouts/screens", "PUT", plan),
  restoreScreens: (version: number) => json<Screens>("/layouts/screens/restore", "POST", { version }),
  at: async (time: string) =>
    json<{ layouts: Record<string, string>; workday: boolean }>(
      `/layouts/screens/at${time ? `?at=${id(time)}` : ""}`,
    ),
  files: async () => (await json<{ files: StoredFile[] }>("/layouts/files")).files,
  upload: async (file: File) => {
    const answer = await call(`/layouts/files?name=${id(file.name)}`, { method: "POST", body: file });
    return (await answer.json()) as StoredFile;
  },
  deleteFile: (file: string) => call(`/layouts/files/${id(file)}`, { method: "DELETE" }),
  feeds: async () => (await json<{ feeds: FeedView[] }>("/layouts/feeds")).feeds,
  deleteFeed: (name: string) => call(`/layouts/feeds/${id(name)}`, { method: "DELETE" }),
  sources: () => json<Sources>("/layouts/sources"),
  setSources: (rev: number, sources: Source[]) => json<Sources>("/layouts/sources", "PUT", { rev, sources }),
  trySource: (source: Source) => json<FeedView>("/layouts/sources/try", "POST", { source }),
  dots: (text: string, width: number, height: number) =>
    json<Dots>(`/layouts/led-preview?text=${id(text)}&width=${width}&height=${height}`),
};

/** fileUrl and codeUrl are where the hall serves a file, and draws a QR code. */
export const fileUrl = (file: string) => `/api/v1/layouts/files/${id(file)}/content`;
export const codeUrl = (text: string) => `/api/v1/layouts/qr.png?text=${id(text)}`;
