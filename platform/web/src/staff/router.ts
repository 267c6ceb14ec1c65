import { createRouter, createWebHistory, type RouteLocationNormalized, type Router } from "vue-router";
import { type Area, areas } from "./areas";
import { known, may, me } from "./session";
import { t } from "./text";

declare module "vue-router" {
  interface RouteMeta {
    /** open pages need nobody signed in. */
    open?: boolean;
    /** area is the one that the page belongs to. */
    area?: string;
    /** title names the page in the browser's bar. */
    title?: string;
  }
}

/** makeRouter has the shell's own pages; an area's are added when it is first entered. */
export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory("/staff/"),
    routes: [
      {
        path: "/login",
        component: () => import("./LoginPage.vue"),
        meta: { open: true, title: t("login.title") },
      },
      {
        path: "/",
        name: "frame",
        component: () => import("./StaffFrame.vue"),
        children: [
          { path: "", component: () => import("./HomePage.vue"), meta: { title: t("home.title") } },
          {
            path: "forbidden",
            component: () => import("./ForbiddenPage.vue"),
            meta: { title: t("forbidden.title") },
          },
          {
            path: ":rest(.*)*",
            component: () => import("./MissingPage.vue"),
            meta: { title: t("missing.title") },
          },
        ],
      },
    ],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  });
  const entered = new Set<string>();
  router.beforeEach(async (to) => {
    if (to.meta.open) return true;
    await known();
    if (!me.value) return { path: "/login", query: { next: to.fullPath }, replace: true };
    const area = areaOf(to);
    if (!area) return true;
    if (!may(...area.roles)) return { path: "/forbidden", replace: true };
    if (entered.has(area.id)) return true;
    const pages = await area.load();
    router.addRoute("frame", {
      path: area.path,
      meta: { area: area.id, title: t(area.title) },
      children: pages.default,
    });
    entered.add(area.id);
    return to.fullPath;
  });
  router.afterEach((to, from) => {
    document.title = `${to.meta.title ?? t("home.title")} · ${t("shell.site")}`;
    if (from.matched.length > 0 && to.path !== from.path) focusPage();
  });
  return router;
}

function areaOf(to: RouteLocationNormalized): Area | undefined {
  const first = to.path.split("/")[1];
  return areas.find((a) => a.path === first);
}

/** focusPage takes the keyboard, and a screen reader, to the page that came. */
function focusPage(): void {
  requestAnimationFrame(() => document.getElementById("main")?.focus({ preventScroll: true }));
}
