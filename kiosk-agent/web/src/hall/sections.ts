import { type AboutView, type ArticleView, type HallView, named } from "@smarthall/ui";
import { fromMachine } from "../machine";
import { t } from "./text";

/** Section is a part of what a hall says of itself. */
export type Section =
  | "introduction"
  | "departments"
  | "process"
  | "laws"
  | "notices"
  | "telephones"
  | "traffic";

/** Tile is a section as it is offered. */
export interface Tile {
  id: Section;
  title: string;
  /** hint is what is in it, in a few words. */
  hint: string;
  icon: string;
}

const ICONS: Record<Section, string> = {
  introduction: "M3 21h18M5 21V9l7-5 7 5v12M9 21v-6h6v6M9.500 11h5",
  departments: "M12 3v5M5 21v-6h14v6M5 15v-3.500h14V15M9 8h6v3.500H9zM12 11.500V21",
  process: "M4 6h9M4 12h9M4 18h9M17 4v15M14 16l3 3.500 3-3.500",
  laws: "M5 3h11l3 3v15H5zM9 9h6M9 13h6M9 17h4",
  notices: "M4 10v4h3l8 5V5l-8 5zM18 9a4.500 4.500 0 0 1 0 6",
  telephones:
    "M6 3h4l1.500 5-2.500 1.500a12 12 0 0 0 5.500 5.500l1.500-2.500 5 1.500v4a2 2 0 0 1-2 2A17 17 0 0 1 4 5a2 2 0 0 1 2-2z",
  traffic:
    "M12 21s7-6.500 7-11.500a7 7 0 0 0-14 0C5 14.500 12 21 12 21zM12 7a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z",
};

/** Article is something to read: of the hall itself, or of the platform, which says who issued it. */
export interface Article extends ArticleView {
  kind?: "notice" | "law";
  source?: string;
}

/** readArticles asks the machine for the platform's notices and laws: none where there are none, or none to be had. */
export async function readArticles(): Promise<Article[]> {
  try {
    return (await fromMachine<{ articles?: Article[] }>("/articles")).articles ?? [];
  } catch {
    return []; // the hall's own stay
  }
}

/** newestFirst puts what has a day in its order, behind what has none. */
function newestFirst(articles: Article[]): Article[] {
  return articles.sort((a, b) => (b.date ?? "9").localeCompare(a.date ?? "9"));
}

/** notices are what is announced: what runs along the hall's boards, then what has a text, of the hall and of the platform. */
export function notices(hall: HallView, platform: Article[]): Article[] {
  const read = [...(hall.about?.notices ?? []), ...platform.filter((a) => a.kind === "notice")];
  return [...(hall.notices ?? []).map((title) => ({ title })), ...newestFirst(read)];
}

/** laws are those that the hall names, then the platform's that it doesn't. */
export function laws(hall: HallView, platform: Article[]): Article[] {
  const own: Article[] = hall.about?.laws ?? [];
  const named = new Set(own.map((a) => a.title));
  return [...own, ...newestFirst(platform.filter((a) => a.kind === "law" && !named.has(a.title)))];
}

/** tiles are the sections of which anything is said. */
export function tiles(hall: HallView, platform: Article[]): Tile[] {
  const about: AboutView = hall.about ?? {};
  const [told, written] = [notices(hall, platform).length, laws(hall, platform).length];
  const sections: [Section, number, string][] = [
    [
      "introduction",
      (about.introduction ?? []).length + (about.hours ?? []).length,
      named(about.hours?.[0] ?? ""),
    ],
    [
      "departments",
      (about.departments ?? []).length,
      t("hall.departments.count", { n: about.departments?.length ?? 0 }),
    ],
    [
      "process",
      (about.process ?? []).length,
      (about.process ?? [])
        .map((p) => named(p.title))
        .slice(0, 3)
        .join(" → "),
    ],
    ["laws", written, t("hall.articles.count", { n: written })],
    ["notices", told, t("hall.articles.count", { n: told })],
    ["telephones", (about.telephones ?? []).length, about.telephones?.[0]?.number ?? ""],
    ["traffic", (about.traffic ?? []).length + (about.address ? 1 : 0), named(about.address ?? "")],
  ];
  return sections
    .filter(([, n]) => n > 0)
    .map(([id, , hint]) => ({ id, title: t(`hall.${id}`), hint, icon: ICONS[id] }));
}
