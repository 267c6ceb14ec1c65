import type { RouteRecordRaw } from "vue-router";
import { may } from "../session";

// Supervisors only count.
const routes: RouteRecordRaw[] = [
  {
    path: "",
    component: () => import("./DayPage.vue"),
    beforeEnter: () => may("appointment", "service-desk") || "/appointments/statistics",
  },
  { path: "capacity", component: () => import("./CapacityPage.vue") },
  { path: "calendar", component: () => import("./CalendarPage.vue") },
  { path: "credit", component: () => import("./CreditPage.vue") },
  { path: "statistics", component: () => import("./StatisticsPage.vue") },
];

export default routes;
