import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [{ path: "", component: () => import("./LivePage.vue") }];

export default routes;
