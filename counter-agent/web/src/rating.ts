import type { RatingAsked, RatingGiven, RatingMissed } from "@smarthall/ui";

/**
 * Rating is the last service's rating: asked for, given or missed. It runs
 * beside the next call and is replaced by the next finish.
 */
export interface Rating {
  ticket: string;
  number: string;
  phase: "asked" | "given" | "missed";
  until?: string;
  score?: number;
  detail?: string;
}

/** asked begins a rating. */
export function asked(body: RatingAsked): Rating {
  return { ticket: body.ticket, number: body.number ?? "", phase: "asked", until: body.until };
}

/** given ends the rating it belongs to; one of another ticket changes nothing. */
export function given(rating: Rating | undefined, body: RatingGiven): Rating | undefined {
  if (rating?.ticket !== body.ticket) return rating;
  return { ticket: rating.ticket, number: rating.number, phase: "given", score: body.score };
}

/** missed says that nobody pressed; a rating that was given stays. */
export function missed(rating: Rating | undefined, body: RatingMissed, number = ""): Rating | undefined {
  if (rating && (rating.ticket !== body.ticket || rating.phase === "given")) return rating;
  return { ticket: body.ticket, number: rating?.number ?? number, phase: "missed", detail: body.detail };
}
