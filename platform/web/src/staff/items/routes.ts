import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./WorksPage.vue") },
  { path: "all", component: () => import("./AllPage.vue") },
  { path: "all/:id", component: () => import("./ItemPage.vue"), props: true },
  { path: "new", component: () => import("./NewPage.vue") },
  { path: "drafts/:id", component: () => import("./DraftPage.vue"), props: true },
  { path: "catalogue", component: () => import("./CataloguePage.vue") },
  { path: "packages", component: () => import("./PackagesPage.vue") },
  { path: "words", component: () => import("./WordsPage.vue") },
  { path: "imports", component: () => import("./ImportsPage.vue") },
  { path: "statistics", component: () => import("./StatisticsPage.vue") },
];

export default routes;
