import type { RouteRecordRaw } from "vue-router";
import type { Role } from "./session";
import type zh from "./zh-CN.json";

/** Area is one field of work in the workspace. */
export interface Area {
  id: string;
  /** path is its part of the address, below /staff. */
  path: string;
  /** title is a key of this folder's zh-CN.json. */
  title: keyof typeof zh;
  /** roles may enter; an empty list means all staff. */
  roles: Role[];
  /** icon is the path of a 24 × 24 drawing, made of strokes. */
  icon: string;
  /** load brings the area's pages, with paths relative to its own. */
  load: () => Promise<{ default: RouteRecordRaw[] }>;
}

/** areas are all of them, in the menu's order. */
export const areas: Area[] = [
  {
    id: "acceptance",
    path: "acceptance",
    title: "area.acceptance",
    roles: ["clerk"],
    icon: "M4 21V10l8-6 8 6v11M4 14h16M9 21v-4h6v4",
    load: () => import("./acceptance/routes"),
  },
  {
    id: "items",
    path: "items",
    title: "area.items",
    roles: ["item-editor", "item-reviewer"],
    icon: "M6 3h9l4 4v14H6zM14 3v5h5M9 13h6M9 17h6",
    load: () => import("./items/routes"),
  },
  {
    id: "forms",
    path: "forms",
    title: "area.forms",
    roles: ["item-editor", "item-reviewer"],
    icon: "M5 3h14v18H5zM8 8h8M8 12h3M8 16h3M14 12h2v4h-2z",
    load: () => import("./forms/routes"),
  },
  {
    id: "flows",
    path: "flows",
    title: "area.flows",
    roles: ["item-editor", "item-reviewer"],
    icon: "M3 9h6v6H3zM15 3h6v6h-6zM15 15h6v6h-6zM9 12h3V6h3M12 12v6h3",
    load: () => import("./flows/routes"),
  },
  {
    id: "tasks",
    path: "tasks",
    title: "area.tasks",
    roles: ["approver", "chief-representative"],
    icon: "M4 4h16v16H4zM8 12l3 3 5-6",
    load: () => import("./tasks/routes"),
  },
  {
    id: "licences",
    path: "licences",
    title: "area.licences",
    roles: ["clerk", "approver", "chief-representative", "item-reviewer"],
    icon: "M4 4h16v13H4zM8 8h8M8 11h5M15 17v4l2-1 2 1v-4",
    load: () => import("./licences/routes"),
  },
  {
    id: "knowledge",
    path: "knowledge",
    title: "area.knowledge",
    roles: [],
    icon: "M4 5c3-1 6-1 8 1 2-2 5-2 8-1v14c-3-1-6-1-8 1-2-2-5-2-8-1zM12 6v14",
    load: () => import("./knowledge/routes"),
  },
  {
    id: "desk",
    path: "desk",
    title: "area.desk",
    roles: [],
    icon: "M4 4h16v12H9l-5 4zM8 9h8M8 12h5",
    load: () => import("./desk/routes"),
  },
  {
    id: "articles",
    path: "articles",
    title: "area.articles",
    roles: ["service-desk"],
    icon: "M4 10v4h3l8 5V5l-8 5zM18 9a4 4 0 0 1 0 6",
    load: () => import("./articles/routes"),
  },
  {
    id: "supervision",
    path: "supervision",
    title: "area.supervision",
    roles: ["supervisor", "chief-representative", "approver", "clerk"],
    icon: "M3 12c3-5 6-7 9-7s6 2 9 7c-3 5-6 7-9 7s-6-2-9-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
    load: () => import("./supervision/routes"),
  },
  {
    id: "fees",
    path: "fees",
    title: "area.fees",
    roles: ["clerk", "chief-representative", "system-admin"],
    icon: "M4 6h16v12H4zM4 10h16M8 15h3M16 15h.01",
    load: () => import("./fees/routes"),
  },
  {
    id: "appointments",
    path: "appointments",
    title: "area.appointments",
    roles: ["appointment", "service-desk", "supervisor"],
    icon: "M4 6h16v15H4zM4 10h16M8 3v4M16 3v4M8 14h3M13 14h3M8 18h3",
    load: () => import("./appointments/routes"),
  },
  {
    id: "people",
    path: "people",
    title: "area.people",
    roles: ["identity-desk", "identity-head"],
    icon: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 4-6 8-6s8 2 8 6",
    load: () => import("./people/routes"),
  },
  {
    id: "messages",
    path: "messages",
    title: "area.messages",
    roles: ["message-manager"],
    icon: "M3 6h18v12H3zM3 7l9 7 9-7",
    load: () => import("./messages/routes"),
  },
  {
    id: "live",
    path: "live",
    title: "area.live",
    roles: ["supervisor", "system-admin"],
    icon: "M3 5h18v12H3zM8 21h8M12 17v4M7 13l3-4 3 2 4-4",
    load: () => import("./live/routes"),
  },
  {
    id: "halls",
    path: "halls",
    title: "area.halls",
    roles: ["system-admin"],
    icon: "M3 21h18M5 21V9M19 21V9M2 9l10-6 10 6zM9 21v-8M15 21v-8",
    load: () => import("./halls/routes"),
  },
  {
    id: "exchange",
    path: "exchange",
    title: "area.exchange",
    roles: ["system-admin"],
    icon: "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
    load: () => import("./exchange/routes"),
  },
  {
    id: "members",
    path: "members",
    title: "area.members",
    roles: ["security-admin", "system-admin"],
    icon: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 20c0-3 3-5 6-5s6 2 6 5M16 5a3 3 0 0 1 0 6M17 15c2 .5 4 2 4 5",
    load: () => import("./members/routes"),
  },
  {
    id: "audit",
    path: "audit",
    title: "area.audit",
    roles: ["auditor"],
    icon: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM9 12l2 2 4-4",
    load: () => import("./audit/routes"),
  },
];
