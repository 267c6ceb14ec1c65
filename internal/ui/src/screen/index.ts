/**
 * What the hall's screens show, made in the layout editor: LayoutStage paints a
 * layout with live data. Displays and the editor's preview use the same, so that
 * what is seen there is what will hang on the wall. The rules of what calls,
 * windows and services say on a screen are here, too.
 */
export * from "./calls";
export * from "./channels";
export * from "./data";
export * from "./face";
export { default as LayoutStage } from "./LayoutStage.vue";
export { default as NoticeLine } from "./NoticeLine.vue";
export * from "./wait";
