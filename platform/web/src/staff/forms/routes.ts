import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./FormsPage.vue") },
  { path: ":id", component: () => import("./EditPage.vue"), props: true },
];

export default routes;
