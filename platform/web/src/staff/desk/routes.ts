import type { RouteRecordRaw } from "vue-router";
import { may } from "../session";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./VoicesPage.vue") },
  { path: "voices/:id", component: () => import("./VoicePage.vue"), props: true },
  { path: "rectifications", component: () => import("./RectificationsPage.vue") },
  { path: "rectifications/:id", component: () => import("./RectificationPage.vue"), props: true },
  { path: "ratings", component: () => import("./RatingsPage.vue") },
  {
    path: "case",
    component: () => import("./CasePage.vue"),
    beforeEnter: () => may("service-desk") || "/desk",
  },
  { path: "live", component: () => import("./conversations/ConversationsPage.vue") },
  { path: "records", component: () => import("./conversations/RecordsPage.vue") },
  { path: "records/:id", component: () => import("./conversations/RecordPage.vue"), props: true },
  { path: "limits", component: () => import("./LimitsPage.vue") },
];

export default routes;
