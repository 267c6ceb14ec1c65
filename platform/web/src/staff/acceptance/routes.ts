import type { RouteRecordRaw } from "vue-router";

// One page for all three: what is open changes, the desk stays.
const desk = () => import("./DeskPage.vue");

const routes: RouteRecordRaw[] = [
  { path: "", component: desk },
  { path: "visit", component: desk },
  { path: "cases/:id", component: desk, props: true },
];

export default routes;
