/* Where somebody is in the guides: the first page has it, what the guides say is loaded when they are read. */

/** Guide is where in the guides the reader is. */
export interface Guide {
  /** theme is the name of the one that was chosen; empty for the items without one. */
  theme?: string;
  /** letters are the first letters of the words of a name. */
  letters: string;
  /** item is the id of the one that is read. */
  item?: string;
  /** more tells that the law, the conditions and the steps are read, not what to bring. */
  more?: boolean;
  /** answers are the chosen options by question, in the order they were given. */
  answers: [string, string][];
}

/** GUIDE is the guides as somebody finds them. */
export const GUIDE: Guide = { letters: "", answers: [] };

/** MAX_LETTERS bounds what is typed. */
export const MAX_LETTERS = 12;

/** up is one step back in the guides; undefined: out of them. */
export function up(g: Guide): Guide | undefined {
  if (g.more) return { ...g, more: undefined };
  if (g.answers.length > 0) return { ...g, answers: g.answers.slice(0, -1) };
  if (g.item) return { ...g, item: undefined };
  if (g.theme !== undefined || g.letters) return GUIDE;
  return undefined;
}
