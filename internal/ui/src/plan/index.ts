/**
 * The hall's plan: how it is drawn, where things are on it, and the ways between
 * them. PlanMap draws a floor; places.ts finds windows, machines and facilities;
 * route.ts finds the way and steps.ts tells it in words.
 */
export { Grid, ROOMS } from "./grid";
export * from "./icons";
export type { Mark } from "./layout";
export { default as PlanMap } from "./PlanMap.vue";
export * from "./places";
export * from "./route";
export * from "./shapes";
export * from "./steps";
