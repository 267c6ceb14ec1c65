import type { Editor } from "./editor";

/** typing tells whether somebody types, so that keys belong to the field. */
export const typing = (event: KeyboardEvent) =>
  !!(event.target as HTMLElement).closest("input, textarea, select");

/**
 * editKey saves, undoes or redoes by the usual keys; false for any other key,
 * and for undoing while somebody types, which is the field's own.
 */
export function editKey(editor: Editor, event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (!event.ctrlKey && !event.metaKey) return false;
  if (key === "s") void editor.save();
  else if (typing(event)) return false;
  else if (key === "y" || (key === "z" && event.shiftKey)) editor.redo();
  else if (key === "z") editor.undo();
  else return false;
  event.preventDefault();
  return true;
}
