import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./TasksPage.vue") },
  { path: "deputies", component: () => import("./DeputiesPage.vue") },
  { path: ":id", component: () => import("./TaskPage.vue"), props: true },
];

export default routes;
