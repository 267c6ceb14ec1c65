import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./FlowsPage.vue") },
  { path: ":id", component: () => import("./FlowPage.vue"), props: true },
];

export default routes;
