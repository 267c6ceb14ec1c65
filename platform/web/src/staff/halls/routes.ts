import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./HallsPage.vue") },
  { path: "parked", component: () => import("./ParkedPage.vue") },
];

export default routes;
