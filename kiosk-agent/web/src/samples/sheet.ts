import type { Item } from "../guide";
import { fromMachine } from "../machine";

/** FormFile is a form as the guide has it: a text, or an address elsewhere. */
export interface FormFile {
  name?: string;
  text?: string;
  url?: string;
}

/** Form is a material that is filled in. */
export interface Form {
  id: string;
  name: string;
  /** fill tells how. */
  fill?: string;
  blank?: FormFile;
  sample?: FormFile;
}

/** Row is one gap of a form with what stands in it; without a label, a remark. */
export interface Row {
  label: string;
  value: string;
}

/** Sheet is a form as it is drawn. */
export interface Sheet {
  title: string;
  rows: Row[];
}

/** KeptFile is a form that the hall keeps as a file: pages are pictures of it, none if it can only be printed. */
export interface KeptFile {
  url: string;
  id: string;
  pages: number;
}

/** readFiles asks the machine for the forms that the hall keeps: none where there are none, or none to be had. */
export async function readFiles(): Promise<KeptFile[]> {
  try {
    return (await fromMachine<{ files?: KeptFile[] }>("/samples")).files ?? [];
  } catch {
    return []; // they are shown as those that are elsewhere
  }
}

/** COLON stands between a gap's label and its value, in the width of Chinese or of other texts. */
const COLON = /[:\uff1a]/;

/** sheetOf reads a form's text: its title, then a gap a line. */
export function sheetOf(text: string): Sheet {
  const [title = "", ...lines] = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const rows = lines.map((line) => {
    const at = line.search(COLON);
    return at < 0 ? { label: "", value: line } : { label: line.slice(0, at), value: line.slice(at + 1) };
  });
  return { title, rows };
}

/** formsOf are an item's forms. */
export function formsOf(item: Item): Form[] {
  const materials = (item.item.materials ?? []) as Form[];
  return materials.filter((m) => m.id && [m.blank, m.sample].some((f) => f?.text || f?.url));
}

/** mistakesOf are what people often get wrong with an item. */
export function mistakesOf(item: Item): string[] {
  return (item.item as { mistakes?: string[] }).mistakes ?? [];
}
