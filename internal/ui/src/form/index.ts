export { check } from "./check";
export { clean, empty } from "./clean";
export { default as FormView } from "./FormView.vue";
export type * from "./types";
export { type Line, linesOf, wordsOf } from "./words";
