import type { RouteRecordRaw } from "vue-router";
import { may } from "../session";
import { OFFICES } from "./licence";

const routes: RouteRecordRaw[] = [
  {
    path: "",
    component: () => import("./LicencesPage.vue"),
    beforeEnter: () => may(...OFFICES) || "/licences/types",
  },
  { path: "types", component: () => import("./TypesPage.vue") },
];

export default routes;
