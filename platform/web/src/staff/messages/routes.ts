import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./SentPage.vue") },
  { path: "templates", component: () => import("./TemplatesPage.vue") },
  { path: "templates/:template", component: () => import("./TemplatePage.vue"), props: true },
  { path: "suppressed", component: () => import("./SuppressedPage.vue") },
  { path: "statistics", component: () => import("./StatisticsPage.vue") },
];

export default routes;
