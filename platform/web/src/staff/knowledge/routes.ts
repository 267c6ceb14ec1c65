import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./SearchPage.vue") },
  { path: "entries/:id", component: () => import("./EntryPage.vue"), props: true },
  { path: "drafts", component: () => import("./DraftsPage.vue") },
  { path: "drafts/:id", component: () => import("./EditPage.vue"), props: true },
  { path: "todos", component: () => import("./TodosPage.vue") },
  { path: "mine", component: () => import("./MinePage.vue") },
  { path: "statistics", component: () => import("./StatisticsPage.vue") },
];

export default routes;
