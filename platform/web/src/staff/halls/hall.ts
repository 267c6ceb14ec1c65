/** Hall is a hall that hangs on the platform. */
export interface Hall {
  id: string;
  name: string;
  region: string;
  address: string;
  telephone: string;
  hours: string;
  state: "active" | "closed";
  described: {
    services: { id: string; name: string }[] | null;
    windows: { id: string; name: string }[] | null;
  };
  /** heard is when its last event happened. */
  heard?: string;
}

/** Parked is an event that a context refused. */
export interface Parked {
  id: string;
  hall: string;
  type: string;
  subject: string;
  at: string;
  reason: string;
  parked: string;
}

/** Stuck is an event that a part of the platform couldn't take. */
export interface Stuck {
  id: string;
  consumer: string;
  type: string;
  subject: string;
  at: string;
  reason: string;
  tries: number;
  /** behind is how many later events of the subject wait for it. */
  behind: number;
}
