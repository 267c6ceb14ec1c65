/** Column is a column of a DataTable. */
export interface Column {
  /** id names the slot that draws its cells; without one it is the row's member of that name. */
  id: string;
  label: string;
  /** width is a CSS length; without one it shares what is left. */
  width?: string;
  /** number columns stand at the right, digit under digit. */
  number?: boolean;
}
