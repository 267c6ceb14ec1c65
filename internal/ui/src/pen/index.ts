export * from "./strokes";
export * from "./usePen";
