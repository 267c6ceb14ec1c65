import type { RouteRecordRaw } from "vue-router";
import { may } from "../session";

// Whoever only compares the books begins there.
const routes: RouteRecordRaw[] = [
  {
    path: "",
    component: () => import("./PaymentsPage.vue"),
    beforeEnter: () => may("clerk", "chief-representative") || "/fees/reconciliations",
  },
  { path: "parcels", component: () => import("./ParcelsPage.vue") },
  { path: "reconciliations", component: () => import("./ReconciliationsPage.vue") },
];

export default routes;
