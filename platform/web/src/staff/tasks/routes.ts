import type { RouteRecordRaw } from "vue-router";
import { may } from "../session";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./TasksPage.vue") },
  { path: "deputies", component: () => import("./DeputiesPage.vue") },
  {
    path: "overdue",
    component: () => import("./OverduePage.vue"),
    beforeEnter: () => may("chief-representative") || "/tasks",
  },
  { path: ":id", component: () => import("./TaskPage.vue"), props: true },
];

export default routes;
