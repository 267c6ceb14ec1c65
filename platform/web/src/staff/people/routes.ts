import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./PeoplePage.vue") },
  { path: "register", component: () => import("./RegisterPage.vue") },
  { path: "units", component: () => import("./UnitsPage.vue") },
  { path: "legal", component: () => import("./LegalPage.vue") },
];

export default routes;
