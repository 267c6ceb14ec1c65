import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./OverviewPage.vue") },
  { path: "cases", component: () => import("./CasesPage.vue") },
  { path: "cases/:id", component: () => import("./CasePage.vue"), props: true },
  { path: "signals", component: () => import("./SignalsPage.vue") },
  { path: "orders", component: () => import("./OrdersPage.vue") },
  { path: "rules", component: () => import("./RulesPage.vue") },
];

export default routes;
