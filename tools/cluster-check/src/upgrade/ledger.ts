/** One message as its sender knows it. */
export interface Attempt {
  readonly id: string;
  readonly door: string;
  /** Addresses it is for: at each it must be once. */
  readonly places: readonly string[];
  /** `unanswered`: the content was sent and nothing came back, so it may have been taken or not (RFC 1047). */
  readonly outcome: 'accepted' | 'refused' | 'unanswered';
  /** When the answer to the content was read, in ms. */
  readonly at: number;
}

/** Where an SMTP client was when something happened; a transaction lasts from the 250 to MAIL to the answer to the content. */
export type SmtpStage = 'connecting' | 'tls' | 'session' | 'transaction' | 'content sent';

/** What a client met that it had not asked for. */
export type Happening =
  | { readonly kind: 'smtp-reply'; readonly code: number; readonly stage: SmtpStage }
  /** The connection ended or failed; `told`: a 421 came before. */
  | { readonly kind: 'smtp-closed'; readonly stage: SmtpStage; readonly told: boolean }
  | { readonly kind: 'imap-reply'; readonly status: string }
  /** The same; `told`: a BYE came before. */
  | { readonly kind: 'imap-closed'; readonly stage: 'connecting' | 'session'; readonly told: boolean };

export interface Trouble {
  readonly client: string;
  /** In ms, on the clock of the attempts. */
  readonly at: number;
  readonly happening: Happening;
  readonly detail: string;
}

/** A certificate that a new connection was shown. */
export interface Shown {
  readonly door: string;
  /** When its connection was begun. */
  readonly at: number;
  readonly certificate: 'old' | 'new' | 'other';
}

/** When the certificate files were changed, and until when nothing was replaced after that, in ms. */
export interface Swap {
  readonly at: number;
  readonly quietUntil: number;
}

/** One copy of a message at one place. */
export interface Copy {
  readonly id: string;
  readonly place: string;
  /** When a client saw it first; null: only in the end. */
  readonly seenAt: number | null;
}

/** All that was seen during one run. */
export class Ledger {
  readonly attempts: Attempt[] = [];
  readonly troubles: Trouble[] = [];
  readonly shown: Shown[] = [];
  readonly #seen = new Map<string, number>();
  #next = 0;

  /** Ids are never used twice. */
  newId(): string {
    return `u${++this.#next}`;
  }

  trouble(client: string, happening: Happening, error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    this.troubles.push({ client, at: performance.now(), happening, detail });
  }

  see(place: string, id: string): void {
    const key = `${place} ${id}`;
    if (!this.#seen.has(key)) this.#seen.set(key, performance.now());
  }

  seenAt(place: string, id: string): number | null {
    return this.#seen.get(`${place} ${id}`) ?? null;
  }

  /** Places of accepted messages at which they were not seen yet. */
  get missing(): number {
    const accepted = this.attempts.filter(({ outcome }) => outcome === 'accepted');
    return accepted.flatMap(({ id, places }) => places.filter((place) => this.seenAt(place, id) === null)).length;
  }
}
