/** Person is one of the public as the staff see her: what tells who she is stays masked. */
export interface Person {
  id: string;
  name: string;
  number: string;
  phone: string;
  state: "active" | "disabled" | "enabling";
  way: "online" | "window" | "linked";
  proofs: string[];
  created: string;
}
