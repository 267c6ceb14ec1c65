import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./MembersPage.vue") },
  { path: "messages", component: () => import("./MessagesPage.vue") },
  { path: "counts", component: () => import("./CountsPage.vue") },
  { path: "sharing", component: () => import("./SharingPage.vue") },
  { path: "keys", component: () => import("./KeysPage.vue") },
];

export default routes;
