import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "", component: () => import("./MembersPage.vue") },
  { path: "organisations", component: () => import("./OrganisationsPage.vue") },
];

export default routes;
