export { default as ElementRoot } from "./ElementRoot.vue";
export { listOpen, passEscape, useEscape } from "./escape";
export { default as FormDialog } from "./FormDialog.vue";
