/** Unit is a legal person as the staff see its account. */
export interface Unit {
  id: string;
  name: string;
  code: string;
  /** The representative's name, masked; absent: not known. */
  representative?: string;
  claimed: boolean;
  agents: number;
  way: "representative" | "ca" | "licence" | "window";
  state: "active" | "disabled" | "enabling";
  reason?: string;
  created: string;
}
