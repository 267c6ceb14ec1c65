import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./PeoplePage.vue") },
  { path: "register", component: () => import("./RegisterPage.vue") },
];

export default routes;
