/** What the pages of fees and parcels get from the platform. */

/** Payment is what somebody owes; amounts are fen. */
export interface Payment {
  id: string;
  case: string;
  caseNo?: string;
  title: string;
  organisation: string;
  lines: { fee: string; name: string; amount: number; basis?: string }[];
  amount: number;
  state: "created" | "paying" | "paid" | "closed" | "refunding" | "refunded";
  reason?: string;
  demo?: boolean;
  receipt?: string;
  due: string;
  paid?: string;
  created: string;
}

/** Parcel is a result on its way; its receiver is masked. */
export interface Parcel {
  id: string;
  case: string;
  caseNo?: string;
  title: string;
  carrier: string;
  tracking?: string;
  state: "waiting" | "sent" | "delivered" | "returned";
  receiver: { name: string; phone: string; address: string };
  created: string;
  sent?: string;
  done?: string;
  movements: { at: string; words: string }[] | null;
}

/** Reconciliation is what comparing a day's books found. */
export interface Reconciliation {
  provider: string;
  day: string;
  at: string;
  count: number;
  amount: number;
  /** refundCount and refunded are what was given back on the day; days compared earlier lack them. */
  refundCount?: number;
  refunded?: number;
  differences:
    | { kind: string; refund?: boolean; reference: string; order?: string; ours?: number; theirs?: number }[]
    | null;
}

export const paymentKinds = {
  created: "wait",
  paying: "work",
  paid: "good",
  closed: "off",
  refunding: "work",
  refunded: "off",
} as const;

export const parcelKinds = { waiting: "wait", sent: "work", delivered: "good", returned: "bad" } as const;
