import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./ArticlesPage.vue") },
  { path: ":id", component: () => import("./ArticlePage.vue"), props: true },
];

export default routes;
