import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [{ path: "", component: () => import("./AuditPage.vue") }];

export default routes;
