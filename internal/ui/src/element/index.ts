export { default as ElementRoot } from "./ElementRoot.vue";
